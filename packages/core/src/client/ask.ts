/** One question to a connection. @module */
import type { Connection } from '../driver.js'
import type { Operation, Request, Requests } from '../request.js'

/** Carries out one request; its value, or its failure thrown. */
export async function ask<O extends Operation>(
  connection: Connection,
  operation: O,
  spec: Requests[O]['spec'],
): Promise<Requests[O]['result']> {
  const requests: readonly Request[] = [{ operation, spec } as unknown as Request]
  const [result] = await connection.execute(requests)
  if (result === undefined) throw new Error('no result')
  if (!result.ok) throw result.error
  return result.value as Requests[O]['result']
}
