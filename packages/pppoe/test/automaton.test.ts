/** The automaton: its table as a whole, and what becomes of answers, timers and limits (RFC 1661 § 4). */
import { describe, expect, test } from 'vitest'
import { Automaton } from '../src/automaton.js'
import { automatonStates, automatonStep, restartRuns } from '../src/automaton-table.js'
import { type ControlPacket, controlCodes, encodeOptions, type PppOption } from '../src/index.js'
import { type AutomatonEnd, automatonLimits, type Negotiation, type Verdict } from '../src/negotiation.js'

const events = 'Up Down Open Close TO+ TO- RCR+ RCR- RCA RCN RTR RTA RUC RXJ+ RXJ- RXR'.split(' ') as Parameters<
  typeof automatonStep
>[1][]

/** An automaton whose own option is `own`, and which takes whatever has the value `liked`. */
function automaton({ own = 1, liked = 9 }: { own?: number; liked?: number } = {}) {
  const sent: ControlPacket[] = []
  const told: string[] = []
  const ends: AutomatonEnd[] = []
  let value = own
  const negotiation: Negotiation = {
    reset: () => {
      value = own
    },
    request: () => [{ type: 1, value: Uint8Array.of(value) }],
    judge: (options, mayNak): Verdict => {
      if (options.every((option) => option.value[0] === liked)) return { answer: 'ack', options }
      if (!mayNak) return { answer: 'reject', options }
      return { answer: 'nak', options: options.map(({ type }) => ({ type, value: Uint8Array.of(liked) })) }
    },
    granted: () => told.push('granted'),
    naked: ([option]) => {
      value = option?.value[0] ?? value
    },
    rejected: () => told.push('rejected'),
    lacks: () => undefined,
  }
  const machine = new Automaton(
    {
      send: (packet) => sent.push(packet),
      up: () => told.push('up'),
      down: () => told.push('down'),
      finished: (_, end) => ends.push(end),
      special: () => false,
    },
    negotiation,
  )
  const say = (code: number, identifier: number, data: Uint8Array = new Uint8Array(0), now = 0) =>
    machine.receive({ code, identifier, data }, now)
  const options = (octet: number): Uint8Array => encodeOptions([{ type: 1, value: Uint8Array.of(octet) } as PppOption])
  const start = () => {
    machine.open(0)
    machine.lowerUp(0)
  }
  /** Both halves agreed on. */
  const open = () => {
    start()
    const request = sent.at(-1) as ControlPacket
    say(controlCodes.configureAck, request.identifier, request.data)
    say(controlCodes.configureRequest, 50, options(9))
  }
  return { machine, sent, told, ends, say, options, start, open }
}

describe('the table', () => {
  test('every event has a column for each state, and leads to one', () => {
    for (const event of events) {
      for (const [at, state] of automatonStates.entries()) {
        const step = automatonStep(state, event)
        // Without a line nothing is received, and no timer runs (RFC 1661 § 4.1).
        const isPossible = at > 1 || ['Up', 'Down', 'Open', 'Close'].includes(event)
        if (!isPossible) expect(step, `${event} in ${state}`).toBeUndefined()
        if (step !== undefined) expect(automatonStates).toContain(step.next)
      }
    }
  })

  test('opened is entered with this-layer-up, and left with this-layer-down', () => {
    for (const event of events) {
      for (const state of automatonStates) {
        const step = automatonStep(state, event)
        if (step === undefined) continue
        const entered = state !== 'opened' && step.next === 'opened'
        const left = state === 'opened' && step.next !== 'opened'
        expect(step.actions.includes('tlu'), `${event} in ${state}`).toBe(entered)
        expect(step.actions.includes('tld'), `${event} in ${state}`).toBe(left)
      }
    }
  })

  test('a state with a timer that is entered from one without has had something sent, or zeroed', () => {
    for (const event of events) {
      for (const state of automatonStates) {
        const step = automatonStep(state, event)
        if (step === undefined || restartRuns(state) || !restartRuns(step.next)) continue
        // Closing is entered from Stopping by Close, with the timer running; Open comes back.
        expect(
          step.actions.some((action) => ['scr', 'str', 'zrc'].includes(action)),
          `${event} in ${state}`,
        ).toBe(true)
      }
    }
  })
})

describe('answers', () => {
  test('both halves agreed on, in either order', () => {
    const one = automaton()
    one.open()
    expect(one.machine.state).toBe('opened')
    expect(one.told).toEqual(['granted', 'up'])
    const two = automaton()
    two.start()
    two.say(controlCodes.configureRequest, 50, two.options(9))
    expect(two.machine.state).toBe('ack-sent')
    const request = two.sent[0] as ControlPacket
    two.say(controlCodes.configureAck, request.identifier, request.data)
    expect(two.machine.state).toBe('opened')
    expect(two.machine.deadline).toBeUndefined()
  })

  test('an Ack of another number, or of other options, is none', () => {
    const { machine, sent, say, options, start } = automaton()
    start()
    const { identifier, data } = sent[0] as ControlPacket
    say(controlCodes.configureAck, identifier + 1, data)
    say(controlCodes.configureAck, identifier, options(2))
    expect(machine.state).toBe('request-sent')
  })

  test('a Nak gives a request with its value and a new number, once', () => {
    const { sent, say, options, start } = automaton()
    start()
    const { identifier } = sent[0] as ControlPacket
    say(controlCodes.configureNak, identifier, options(5))
    say(controlCodes.configureNak, identifier, options(6))
    expect(sent.length).toBe(2)
    expect(sent[1]).toMatchObject({ code: 1, data: options(5) })
    expect(sent[1]?.identifier).not.toBe(identifier)
  })

  test('a Reject of what was not asked for is none', () => {
    const { sent, told, say, start } = automaton()
    start()
    say(
      controlCodes.configureReject,
      (sent[0] as ControlPacket).identifier,
      encodeOptions([{ type: 7, value: new Uint8Array(0) }]),
    )
    expect(told).toEqual([])
  })

  test('an Ack that comes twice does not end what is open', () => {
    const { machine, sent, say, open } = automaton()
    open()
    const request = sent[0] as ControlPacket
    say(controlCodes.configureAck, request.identifier, request.data)
    expect(machine.state).toBe('opened')
  })

  test('an Ack without what belongs to it: asked again with a new number', () => {
    const { machine, sent, say, start } = automaton()
    start()
    const request = sent[0] as ControlPacket
    say(controlCodes.configureAck, request.identifier, request.data)
    expect(machine.state).toBe('ack-received')
    machine.advance(3)
    expect(machine.state).toBe('request-sent')
    expect(sent[1]?.identifier).not.toBe(request.identifier)
  })

  test('after Max-Failure Naks the peer is rejected', () => {
    const { sent, say, options, start } = automaton()
    start()
    for (let i = 0; i < 7; i++) say(controlCodes.configureRequest, i, options(1))
    const answers = sent.slice(1).map(({ code }) => code)
    const { configureNak: nak, configureReject: reject } = controlCodes
    expect(answers).toEqual([nak, nak, nak, nak, nak, reject, reject])
  })

  test('a peer that refuses for ever is given up', () => {
    const { machine, sent, say, options, start, ends } = automaton()
    start()
    for (let i = 0; i < 20 && machine.state !== 'closing'; i++) {
      say(controlCodes.configureNak, (sent.at(-1) as ControlPacket).identifier, options(i))
    }
    machine.advance(100)
    expect(ends).toEqual([expect.objectContaining({ cause: 'no-agreement' })])
  })

  test('options that are cut are left without an answer', () => {
    const { sent, say, start } = automaton()
    start()
    expect(say(controlCodes.configureRequest, 1, Uint8Array.of(1, 9, 0))).toBe(false)
    expect(sent.length).toBe(1)
  })
})

describe('time', () => {
  test('ten requests with the same number, three seconds apart, and the end', () => {
    const { machine, sent, ends, start } = automaton()
    start()
    for (let now = 0; now <= 40; now++) machine.advance(now)
    expect(sent.length).toBe(automatonLimits.maxConfigure)
    expect(new Set(sent.map(({ identifier }) => identifier)).size).toBe(1)
    expect(ends).toEqual([{ cause: 'no-answer', text: 'no answer to 10 requests' }])
    expect(machine.state).toBe('stopped')
    expect(machine.deadline).toBeUndefined()
  })

  test('two Terminate-Requests, and the end', () => {
    const { machine, sent, told, ends, open } = automaton()
    open()
    machine.close(10)
    expect(told.at(-1)).toBe('down')
    for (let now = 10; now <= 20; now++) machine.advance(now)
    expect(sent.filter(({ code }) => code === controlCodes.terminateRequest).length).toBe(automatonLimits.maxTerminate)
    expect(ends).toEqual([{ cause: 'closed', text: 'closed' }])
    expect(machine.state).toBe('closed')
  })

  test('the peer terminates: acknowledged, and over after a while', () => {
    const { machine, sent, ends, say, open } = automaton()
    open()
    say(controlCodes.terminateRequest, 9, new TextEncoder().encode('bye'), 10)
    expect(sent.at(-1)).toEqual({ code: controlCodes.terminateAck, identifier: 9, data: new Uint8Array(0) })
    expect(machine.state).toBe('stopping')
    machine.advance(13)
    expect(ends).toEqual([{ cause: 'terminated', text: 'bye' }])
  })

  test('a Terminate-Ack ends it at once', () => {
    const { machine, sent, ends, say, open } = automaton()
    open()
    machine.close(1, { cause: 'closed', text: 'enough' })
    const request = sent.at(-1) as ControlPacket
    expect(new TextDecoder().decode(request.data)).toBe('enough')
    say(controlCodes.terminateAck, request.identifier)
    expect(ends).toEqual([{ cause: 'closed', text: 'enough' }])
  })

  test('a peer that does not know a vital code, or the protocol, ends it', () => {
    const one = automaton()
    one.open()
    one.say(controlCodes.codeReject, 1, Uint8Array.of(controlCodes.echoRequest, 0, 0, 4))
    expect(one.machine.state).toBe('opened')
    one.say(controlCodes.codeReject, 1, Uint8Array.of(controlCodes.configureRequest, 0, 0, 4))
    one.machine.advance(100)
    expect(one.ends).toEqual([expect.objectContaining({ cause: 'no-agreement' })])
    const two = automaton()
    two.start()
    two.machine.protocolRejected(1)
    expect(two.ends).toEqual([expect.objectContaining({ cause: 'protocol-rejected' })])
  })
})
