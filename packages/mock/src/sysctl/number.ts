/** Numbers as sysctls take them (`proc_get_long`, `kernel/sysctl.c`). @module */

/** The number that a text begins with: decimal, or hexadecimal or octal as in C; `undefined` where the kernel refuses it. */
export function readNumber(text: string): number | undefined {
  const found = /^[ \t\n]*(-?)(0[xX][0-9a-fA-F]+|[0-9]+)(?=[ \t\n]|$)/.exec(text)
  if (found === null) return undefined
  const [, sign, digits] = found as unknown as [string, string, string]
  const isOctal = /^0[0-7]+$/.test(digits)
  if (/^0[0-9]+$/.test(digits) && !isOctal) return undefined
  const value = isOctal ? Number.parseInt(digits, 8) : Number(digits)
  return sign === '-' ? -value : value
}
