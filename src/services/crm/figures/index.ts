export { measureOrders } from "./measure-orders";
