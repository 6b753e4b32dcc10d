import type { FastifyRequest } from "fastify";
import { AppError } from "../errors";

/** Fastify's word that a body is too large, with the figures: what is allowed, and by how much it is more where the request says its size. Anything else as it is. */
export function withFigures(thrown: unknown, request: FastifyRequest): unknown {
  if ((thrown as { code?: unknown } | null | undefined)?.code !== "FST_ERR_CTP_BODY_TOO_LARGE") return thrown;
  const allowed = request.routeOptions.bodyLimit;
  const bytes = Number(request.headers["content-length"] ?? 0);
  const message =
    bytes > allowed
      ? `The body has ${bytes} bytes, ${bytes - allowed} over the ${allowed} that are allowed`
      : `The body has more than the ${allowed} bytes that are allowed`;
  return new AppError({
    category: "invalid_argument",
    httpStatus: 413,
    reason: "BODY_TOO_LARGE",
    message,
    details: { allowed: String(allowed), ...(bytes > allowed && { bytes: String(bytes) }) },
    cause: thrown,
  });
}
