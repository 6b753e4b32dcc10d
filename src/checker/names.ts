/** The services that keep orders, in short. */
export const serviceNames = ["mes", "crm", "shop"] as const;
export type ServiceName = (typeof serviceNames)[number];

/** Of each service something. */
export type PerService<T> = { readonly [S in ServiceName]?: T };
