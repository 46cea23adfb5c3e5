/** Where the files of this package lie, seen from `src` and from `dist`, where this file is a part of another. @module */
import { fileURLToPath } from 'node:url'

/** The command as it is installed. */
export const commandFile = fileURLToPath(new URL('../bin/vnet.js', import.meta.url))

/** What npm knows of the package. */
export const packageFile = fileURLToPath(new URL('../package.json', import.meta.url))
