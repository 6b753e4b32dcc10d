import { runService } from "../../platform/lifecycle";
import { loadShopConfig } from "./config";
import { startShop } from "./shop";

runService("shop", loadShopConfig, startShop);
