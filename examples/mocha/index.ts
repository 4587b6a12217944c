import { orders } from "./orders";

export const { endpoint, url } = orders();
