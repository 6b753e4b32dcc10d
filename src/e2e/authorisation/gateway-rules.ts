/** What a route of the gateway stands for: a method, by which it is judged, with what its query needs; or pages, and how the system is, which are for everybody. */
export type RouteRule = { rpc: string; query?: Record<string, string>; body?: string } | "pages";

const shop = (method: string, query = {}): RouteRule => ({
  rpc: `alexandrite.shop.v1.ShopService/${method}`,
  query,
});
const crm = (method: string, query = {}): RouteRule => ({
  rpc: `alexandrite.crm.v1.CrmService/${method}`,
  query,
});
const mes = (method: string): RouteRule => ({ rpc: `alexandrite.mes.v1.MesService/${method}` });
const operator = (method: string, query = {}): RouteRule => ({
  rpc: `alexandrite.mes.v1.MesOperatorService/${method}`,
  query,
});
const page = { pageSize: "100" };

/** Every route of the gateway. One that is not here fails the matrix: say whose method it is before it is served. */
export const gatewayRules: Readonly<Record<string, RouteRule>> = {
  "GET /*": "pages",
  "GET /docs/runbook.md": "pages",
  "GET /ops/orders/:orderId": "pages",
  "GET /ops/traces/:traceId": "pages",
  "GET /api/v1/ops/status": "pages",
  // Whoever is on call is an operator, and sees what operators see.
  "GET /api/v1/ops/orders/:orderId": operator("GetProductionOrder"),
  "GET /api/v1/ops/traces/:traceId": operator("ListQueue"),

  "GET /product_list": shop("ListProducts", { skus: "201057139" }),
  "GET /api/v1/products": shop("BrowseCatalogue", { pageSize: "1" }),
  "POST /api/v1/sign-in": shop("SignIn"),
  "GET /.well-known/jwks.json": shop("GetJwks"),
  "GET /api/v1/price-book": mes("GetPriceBook"),

  "POST /api/v1/orders": mes("CreateOrder"),
  "GET /api/v1/orders": shop("ListOrders", page),
  "GET /api/v1/orders/:orderId": shop("GetOrder"),
  "GET /api/v1/orders/:orderId/events": shop("WatchOrder"),
  "GET /api/v1/orders/:orderId/calculation": mes("WatchCalculation"),
  "PUT /api/v1/orders/:orderId/model": {
    rpc: "alexandrite.mes.v1.MesService/UploadModel",
    query: { format: "stl", expectedVersion: "1" },
    body: "solid none",
  },
  "POST /api/v1/orders/:orderId/confirm": shop("ConfirmOrder"),
  "POST /api/v1/orders/:orderId/reprice": shop("RepriceOrder"),
  "POST /api/v1/orders/:orderId/pay": shop("PayOrder"),
  "POST /api/v1/orders/:orderId/cancel": shop("CancelOrder"),
  "POST /api/v1/orders/:orderId/delivered": shop("ConfirmDelivery"),

  "GET /api/v1/seller/orders": crm("ListOrders", page),
  "GET /api/v1/seller/orders/:orderId": crm("GetOrder"),
  "POST /api/v1/seller/orders/:orderId/notes": crm("AddNote"),
  "POST /api/v1/seller/orders/:orderId/cancel": crm("CancelOrder"),
  "POST /api/v1/seller/orders/:orderId/delivered": crm("ConfirmDelivery"),

  "GET /api/v1/operator/queue": operator("ListQueue", page),
  "GET /api/v1/operator/orders/:orderId": operator("GetProductionOrder"),
  "POST /api/v1/operator/orders/:orderId/take": operator("TakeOrder"),
  "POST /api/v1/operator/orders/:orderId/give-back": operator("GiveBackOrder"),
  "POST /api/v1/operator/orders/:orderId/finish": operator("FinishOrder"),
  "POST /api/v1/operator/orders/:orderId/pack": operator("PackOrder"),
  "POST /api/v1/operator/orders/:orderId/ship": operator("ShipOrder"),
  "POST /api/v1/operator/orders/:orderId/reject": operator("RejectOrder"),
};
