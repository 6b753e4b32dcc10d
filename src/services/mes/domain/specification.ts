import type { GetPriceBookResponse } from "../../../gen/alexandrite/mes/v1/mes";
import type { Specification } from "../../../gen/alexandrite/order/v1/order";
import { errors } from "./errors";

/** Throws unless the price book has what is wanted. */
export function mustBeOffered({ material, finish }: Specification, book: GetPriceBookResponse): void {
  const codes = (list: readonly { code: string }[]): string => list.map(({ code }) => code).join(", ");
  if (!book.materials.some(({ code }) => code === material)) {
    throw errors.unknownMaterial({ material, known: codes(book.materials) });
  }
  if (!book.finishes.some(({ code }) => code === finish)) {
    throw errors.unknownFinish({ finish, known: codes(book.finishes) });
  }
}
