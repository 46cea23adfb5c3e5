/** The other opinion: libpcap itself, which comes with tcpdump. It compiles, and it decides. */
import type { BpfInstruction, CaptureFormat } from '@vnet/core'
import koffi from 'koffi'

const linkTypes: Readonly<Record<CaptureFormat, number>> = { ethernet: 1, ip: 12, cooked: 113 }
/** No netmask is known (`PCAP_NETMASK_UNKNOWN`). */
const NO_NETMASK = 0xffffffff

/** A compiled expression. */
export interface Compiled {
  readonly program: readonly BpfInstruction[]
  /** Whether libpcap takes a frame; the octets are those that were captured, all of them. */
  takes(frame: Uint8Array): boolean
  free(): void
}

/** libpcap on this machine. */
export interface Libpcap {
  /** Compiles; a string is the sentence with which libpcap refuses. */
  compile(expression: string, format: CaptureFormat, optimize: boolean): Compiled | string
}

/** `undefined` where there is none. */
export function openLibpcap(): Libpcap | undefined {
  for (const name of ['libpcap.so.0.8', 'libpcap.so.1', 'libpcap.so']) {
    try {
      return bind(koffi.load(name))
    } catch {
      // The next name.
    }
  }
  return undefined
}

function bind(library: ReturnType<typeof koffi.load>): Libpcap {
  const open = library.func('void *pcap_open_dead(int type, int length)')
  const compile = library.func(
    'int pcap_compile(void *handle, void *program, const char *text, int optimize, uint32_t netmask)',
  )
  const errorOf = library.func('const char *pcap_geterr(void *handle)')
  const free = library.func('void pcap_freecode(void *program)')
  const offline = library.func('int pcap_offline_filter(void *program, void *header, void *frame)')
  const handles = Object.fromEntries(
    Object.entries(linkTypes).map(([format, type]) => [format, open(type, 262_144)]),
  ) as Record<CaptureFormat, unknown>
  return {
    compile(expression, format, optimize) {
      // `struct bpf_program`: a number, a pointer.
      const program = new Uint8Array(16)
      const handle = handles[format]
      if (compile(handle, program, expression, optimize ? 1 : 0, NO_NETMASK) !== 0) return errorOf(handle) as string
      const count = new DataView(program.buffer).getUint32(0, true)
      const address = new DataView(program.buffer).getBigUint64(8, true)
      const octets = new Uint8Array(koffi.view(address as never, 8 * count)).slice()
      const view = new DataView(octets.buffer)
      return {
        program: Array.from({ length: count }, (_, at) => ({
          code: view.getUint16(8 * at, true),
          jt: octets[8 * at + 2] as number,
          jf: octets[8 * at + 3] as number,
          k: view.getUint32(8 * at + 4, true),
        })),
        takes(frame) {
          // `struct pcap_pkthdr`: a time, the octets that were captured, those that there were.
          const header = new Uint8Array(24)
          new DataView(header.buffer).setUint32(16, frame.length, true)
          new DataView(header.buffer).setUint32(20, frame.length, true)
          return offline(program, header, frame) !== 0
        },
        free: () => free(program),
      }
    },
  }
}
