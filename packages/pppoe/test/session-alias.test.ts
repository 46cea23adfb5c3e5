/** What is written to the link of a session is read back alike, whatever names there are. */
import { expect, test } from 'vitest'
import { aliasOf, sessionOfAlias } from '../src/session-alias.js'

const mac = '02:00:00:00:00:01'

test.each([
  { session: 65_534, lower: 'eth0', mac },
  { session: 1, lower: 'eth0', mac, concentrator: 'a (b), (02:00:00:00:00:02)' },
  { session: 1, lower: 'a,b\u3000c', mac, concentrator: 'one\u2028two' },
  { session: 1, lower: 'eth0', mac, concentrator: '' },
])('%o', (told) => {
  const alias = aliasOf(told)
  expect(sessionOfAlias(alias)).toEqual(told)
  // IFALIASZ of linux/if.h, with the zero at the end.
  expect(Buffer.byteLength(alias)).toBeLessThan(256)
})

test('no alias is longer than the kernel takes; others are no sessions', () => {
  const lower = 'x'.repeat(15)
  expect(Buffer.byteLength(aliasOf({ session: 65_534, lower, mac, concentrator: '\u0001'.repeat(255) }))).toBeLessThan(
    256,
  )
  for (const alias of ['', 'uplink', `PPPoE session x on eth0, ${mac}`, 'PPPoE session 1 on eth0, somebody'])
    expect(sessionOfAlias(alias)).toBeUndefined()
})
