export const one = process.env.OPTIONAL_ONE;
export const mode = process.env.NODE_ENV;
