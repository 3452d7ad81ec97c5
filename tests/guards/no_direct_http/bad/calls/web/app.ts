const { fetch: send } = globalThis;
const region = "eu";

export const load = () => send(`https://${region}.orders.cloud/v1`);
