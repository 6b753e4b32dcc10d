import { runService } from "../../platform/lifecycle";
import { loadProductsConfig } from "./config";
import { startProducts } from "./products";

runService("products", loadProductsConfig, startProducts);
