/** How changes of tokens are taken back. @module */
import type { Connection } from '../driver.js'
import { ask } from './ask.js'
import type { LooseRequest } from './loose-request.js'
import type { Preparations } from './undo.js'

/** How the operations of `token` are prepared for. */
export const tokenPreparations: Preparations = {
  'token set': async (connection, { link }) => {
    const before = await tokenAgain(connection, link)
    return () => (before.length === 0 ? [{ operation: 'token delete', spec: { link } }] : before)
  },
  'token delete': async (connection, { link }) => {
    const before = await tokenAgain(connection, link)
    return () => before
  },
}

/** The request that gives a link its token again; none where it has none. */
export async function tokenAgain(connection: Connection, link: number | string): Promise<LooseRequest[]> {
  return (await ask(connection, 'token list', { link }))
    .filter(({ token }) => token !== '::')
    .map(({ token }) => ({ operation: 'token set', spec: { link, token } }))
}
