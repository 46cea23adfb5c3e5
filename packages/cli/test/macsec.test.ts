/** `vnet macsec`: on the mock what it takes; on a kernel that has MACsec, what `ip macsec` says of the same links. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { type Answer, askAll } from './ask.js'
import { mockCommand } from './mock-command.js'
import { noSandbox } from './sandbox.js'

const key = '00112233445566778899aabbccddeeff'
const sci = '0200000000020001'
const mock = mockCommand()
const { call } = mock
let folder: string
beforeEach(() => {
  folder = mock.folder
  writeFileSync(join(folder, 'key'), `${key}\n`)
  writeFileSync(join(folder, 'long'), key + key)
  writeFileSync(join(folder, 'bad'), 'c0ffee')
})

describe('vnet macsec on the mock', () => {
  beforeEach(async () => {
    await call('link add veth v0 --mac 02:00:00:00:00:01')
    expect(await call('link add macsec ms0 --parent v0')).toMatchObject({ status: 0 })
  })

  it('adds, changes, shows and deletes keys and channels', async () => {
    expect((await call(`macsec add ms0 --sa 0 --pn 1 --on --key ${folder}/key --key-id 01`)).stderr).toBe('')
    expect((await call(`macsec add ms0 --sci ${sci}`)).stderr).toBe('')
    expect((await call(`macsec add ms0 --sci ${sci} --sa 1 --key ${folder}/key --key-id 02`)).stderr).toBe('')
    expect((await call('macsec')).stdout).toBe(
      `4: ms0: protect on validate strict sc off sa off encrypt off send_sci on end_station off scb off replay off 
    cipher suite: GCM-AES-128, using ICV length 16
    TXSC: 0200000000010001 on SA 0
        0: PN 1, state on, key 01${'0'.repeat(30)}
    RXSC: ${sci}, state on
        1: PN 1, state off, key 02${'0'.repeat(30)}
    offload: off 
`,
    )
    expect((await call('macsec show ms0 -s')).stdout).toContain('stats: InPktsOK 0 InPktsInvalid 0')
    await call(`macsec set ms0 --sci ${sci} --sa 1 --on --pn 5`)
    await call(`macsec set ms0 --sci ${sci} --off`)
    const [json] = JSON.parse((await call('macsec show --json')).stdout)
    expect(json.rx_sc).toMatchObject([
      { sci: '0x200000000020001', active: false, sa_list: [{ an: 1, pn: 5, active: true }] },
    ])
    expect((await call(`macsec delete ms0 --sci ${sci}`)).status).toBe(0)
    expect((await call('macsec delete ms0 --sa 0')).stderr).toContain('EBUSY')
  })

  it('refuses, and repeats no key', async () => {
    expect((await call('macsec add ms0')).status).toBe(2)
    expect((await call(`macsec add ms0 --sci ${sci} --pn 5`)).stderr).toContain('--sa 0')
    const bad = await call(`macsec add ms0 --sa 0 --pn 1 --key ${folder}/bad --key-id 01`)
    expect(bad).toMatchObject({ status: 2, stdout: '' })
    expect(bad.stderr).not.toContain('c0ffee')
    expect((await call(`macsec add ms0 --sa 0 --pn 1 --key ${folder}/none --key-id 01`)).status).toBe(2)
    expect(await call('macsec show v0')).toMatchObject({ status: 1, stdout: '' })
  })
})

const ground = `
for n in 0 1 2 3; do ip link add v$n address 02:00:00:00:0$n:01 type veth; done
ip link add link v0 ms0 type macsec encrypt on replay on window 7
ip link add link v1 ms1 type macsec cipher gcm-aes-xpn-256 encodingsa 2
`
const shown = [
  { vnet: 'macsec show', text: true, peer: 'ip macsec show' },
  { vnet: 'macsec show', peer: 'ip -j macsec show' },
  { vnet: 'macsec show -s', peer: 'ip -j -s macsec show' },
]

describe.each(['napi', 'ffi'])('vnet --driver %s macsec', (driver) => {
  it('says what ip macsec says, and sets what it sets', ({ skip }) => {
    const made = [
      `macsec add ms0 --sa 0 --pn 1 --on --key ${folder}/key --key-id 01`,
      `macsec add ms0 --sci ${sci}`,
      `macsec add ms0 --sci ${sci} --sa 3 --pn 7 --on --key ${folder}/key --key-id 0203`,
      'macsec add ms0 --sci 0300000000020001 --off',
      `macsec add ms1 --sa 2 --pn 9 --on --key ${folder}/long --key-id 01 --ssci 7 --salt 000102030405060708090a0b`,
    ].map((vnet) => ({ vnet }))
    const { supports, answers } = askAll(driver, ground, [...made, ...shown], noSandbox)
    if (typeof supports === 'string') return skip(supports)
    if (supports['link macsec'] !== true) return skip('lacks capability: link macsec')
    expect(answers.map(({ error }) => error)).toEqual(answers.map(() => ''))
    const [words, json, counted] = answers.slice(made.length) as [Answer, Answer, Answer]
    expect(words.after).toContain('window 7')
    expect(words.mine).toBe(words.after)
    expect(JSON.parse(json.mine)).toEqual(JSON.parse(json.after))
    expect(JSON.parse(counted.mine)).toEqual(JSON.parse(counted.after))
  })
})
