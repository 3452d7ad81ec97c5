export * from "./inner";
