// Reads the text that strace writes and gives back the octets that went over netlink sockets.

/** What strace is told: raw arguments (decoding would only cost time) and every octet in hexadecimal. */
export const straceOptions = [
  '-e trace=sendmsg,sendto,recvmsg',
  '-e raw=sendmsg,sendto,recvmsg',
  '-e read=all',
  '-e write=all',
  '-e signal=none',
].join(' ')

const call =
  /^(sendmsg|sendto|recvmsg)\(0x([0-9a-f]+), (?:0x[0-9a-f]+|0)(?:, 0x[0-9a-f]+)?, (0x[0-9a-f]+|0)(?:, 0, 0)?\) += (.*)$/
const dumpLine = /^ \| [0-9a-f]+ {2}((?:[0-9a-f]{2} {1,2})+)/
const MSG_PEEK = 2

/**
 * The datagrams of a trace in order. Looks without taking (MSG_PEEK) are left out, as are calls that failed.
 *
 * @param {string} text
 * @returns {{ direction: 'sent' | 'received', fd: number, bytes: Buffer }[]}
 */
export function readTrace(text) {
  /** @type {{ direction: 'sent' | 'received', fd: number, hex: string[] }[]} */
  const datagrams = []
  /** @type {{ hex: string[] } | undefined} */
  let current
  for (const line of text.split('\n')) {
    const dump = dumpLine.exec(line)
    if (dump) {
      current?.hex.push(dump[1].replaceAll(' ', ''))
      continue
    }
    const made = call.exec(line)
    if (!made) continue
    const [, name, fd, flags, result] = made
    const taken = result.startsWith('0x') && !(name === 'recvmsg' && Number(flags) & MSG_PEEK)
    current = taken ? { hex: [] } : undefined
    if (current)
      datagrams.push({ direction: name === 'recvmsg' ? 'received' : 'sent', fd: Number(`0x${fd}`), ...current })
  }
  return datagrams.map(({ hex, ...rest }) => ({ ...rest, bytes: Buffer.from(hex.join(''), 'hex') }))
}
