import type { JobLease } from "../../../gen/alexandrite/mes/v1/mes_worker";
import {
  LengthUnit as UnitMessage,
  ModelFormat as FormatMessage,
} from "../../../gen/alexandrite/order/v1/order";
import type { PriceTerms } from "../domain";
import type { LengthUnit, ModelFormat } from "../geometry";

export function formatOf(format: FormatMessage): ModelFormat {
  switch (format) {
    case FormatMessage.MODEL_FORMAT_STL:
      return "stl";
    case FormatMessage.MODEL_FORMAT_OBJ:
      return "obj";
    case FormatMessage.MODEL_FORMAT_3MF:
      return "3mf";
    case FormatMessage.MODEL_FORMAT_UNSPECIFIED:
      throw new Error("The job does not say which format its model has.");
  }
}

export function unitOf(unit: UnitMessage): LengthUnit {
  return unit === UnitMessage.LENGTH_UNIT_UNSPECIFIED
    ? "millimeter"
    : (unit.replace("LENGTH_UNIT_", "").toLowerCase() as LengthUnit);
}

/** The part of the price book that a job carries. */
export function termsOf({ material, finish, ...rest }: JobLease): PriceTerms {
  if (!material || !finish) throw new Error("The job has no material or no finish.");
  return {
    material: {
      code: material.code,
      name: material.name,
      densityKgM3: material.densityKgM3,
      rateMinorPerKg: Number(material.rateMinorPerKg),
      buildRateMm3PerHour: material.buildRateMm3PerHour,
    },
    finish: { code: finish.code, name: finish.name, rateMinorPerDm2: Number(finish.rateMinorPerDm2) },
    machineMinorPerHour: Number(rest.machineMinorPerHour),
    setupMinor: Number(rest.setupMinor),
    minimumMinor: Number(rest.minimumMinor),
    currency: rest.currency,
  };
}
