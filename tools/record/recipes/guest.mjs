// Recipes for a guest kernel with every link kind: what the development machine's kernel cannot show.

export const guest = []
