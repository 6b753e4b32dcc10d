import type { PortName } from "./settings";

/** A process of ours that `node dist/services/<main>.js` runs. */
export type ServiceRow = {
  name: string;
  /** Below `dist/services`, without the extension. */
  main: string;
  /** Whose key it presents and checks; the three processes of MES are one service. */
  service: string;
  database?: "shop" | "crm" | "mes" | "products" | "payments";
  s3?: boolean;
  kafka?: boolean;
  grpcPort?: PortName;
  httpPort?: PortName;
  adminPort: PortName;
  /** V8's limit of the old generation. */
  heapMb: number;
  /** Watches the others: runs where Prometheus does. */
  telemetry?: boolean;
};

export const services: readonly ServiceRow[] = [
  {
    name: "products",
    main: "products/main",
    service: "products",
    database: "products",
    httpPort: "products",
    adminPort: "productsAdmin",
    heapMb: 128,
  },
  {
    name: "payments",
    main: "payments/main",
    service: "payments",
    database: "payments",
    httpPort: "payments",
    adminPort: "paymentsAdmin",
    heapMb: 128,
  },
  {
    name: "shop",
    main: "shop/main",
    service: "shop",
    database: "shop",
    kafka: true,
    grpcPort: "shop",
    adminPort: "shopAdmin",
    heapMb: 256,
  },
  {
    name: "crm",
    main: "crm/main",
    service: "crm",
    database: "crm",
    kafka: true,
    grpcPort: "crm",
    adminPort: "crmAdmin",
    heapMb: 256,
  },
  {
    name: "mes",
    main: "mes/main",
    service: "mes",
    database: "mes",
    s3: true,
    kafka: true,
    grpcPort: "mes",
    adminPort: "mesAdmin",
    heapMb: 256,
  },
  {
    name: "mes-operator",
    main: "mes/main-operator",
    service: "mes",
    database: "mes",
    s3: true,
    kafka: true,
    grpcPort: "mesOperator",
    adminPort: "mesOperatorAdmin",
    heapMb: 256,
  },
  {
    name: "mes-worker",
    main: "mes/main-worker",
    service: "mes",
    database: "mes",
    s3: true,
    kafka: true,
    grpcPort: "mesWorker",
    adminPort: "mesWorkerAdmin",
    heapMb: 256,
  },
  {
    name: "pricing",
    main: "pricing/main",
    service: "pricing",
    s3: true,
    adminPort: "pricingAdmin",
    heapMb: 128,
  },
  {
    name: "gateway",
    main: "gateway/main",
    service: "gateway",
    httpPort: "gateway",
    adminPort: "gatewayAdmin",
    heapMb: 256,
  },
  {
    name: "exporter",
    main: "exporter/main",
    service: "exporter",
    s3: true,
    kafka: true,
    adminPort: "exporterAdmin",
    heapMb: 96,
    telemetry: true,
  },
];

/** The services that call others: each has a key of its own. */
export const callers = ["gateway", "shop", "crm", "mes", "pricing"] as const;

export const databases = ["shop", "crm", "mes", "products", "payments"] as const;
