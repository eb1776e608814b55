export const absent = true;
