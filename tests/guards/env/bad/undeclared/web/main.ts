const { API_URL, PAGE_SIZE = "20", THEME } = process.env;
export const url = `${API_URL}/${PAGE_SIZE}/${THEME}`;
