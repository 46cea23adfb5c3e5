// Names that are newer than the headers of Debian 12 (Linux 6.1): the kernel that brought each, and its number there.

/** @type {Record<string, { since: string, number: number }>} */
export const newer = {}
