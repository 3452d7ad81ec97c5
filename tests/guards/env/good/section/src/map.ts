export const key = import.meta.env.VITE_MAP_KEY;
