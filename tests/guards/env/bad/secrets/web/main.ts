export const password = import.meta.env.VITE_DB_PASSWORD;
export const color = process.env.COLOR;
