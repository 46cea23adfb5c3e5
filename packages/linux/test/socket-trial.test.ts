/** Whether a kernel tells of sockets, by what it says to the question (`net/core/sock_diag.c`, `net/ipv4/inet_diag.c`). */
import { expect, test } from 'vitest'
import { trySockets } from '../src/diagnosis/trial.js'
import { type Answer, done, type SentMessage, scriptedKernel, verdict } from '../src/testing/scripted-kernel.js'

const UDP = 17
const ENOENT = 2
const protocolOf = ({ bytes }: SentMessage) => bytes[17]

test.each<[what: string, boolean, (sent: SentMessage) => Answer]>([
  ['lists of both protocols', true, ({ sequence }) => done(sequence)],
  ['a kernel without inet_diag', false, ({ sequence }) => verdict(sequence, ENOENT)],
  ['one without udp_diag', false, (sent) => done(sent.sequence, protocolOf(sent) === UDP ? ENOENT : 0)],
])('%s', (_, wanted, answer) => {
  expect(trySockets(scriptedKernel((sent) => [answer(sent)]))).toBe(wanted)
})
