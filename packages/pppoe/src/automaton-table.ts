/** The table of the option negotiation automaton, in the words and the layout of RFC 1661 § 4.1. @module */

/** States of the automaton, in the order of the table's columns. */
export const automatonStates = [
  'initial',
  'starting',
  'closed',
  'stopped',
  'closing',
  'stopping',
  'request-sent',
  'ack-received',
  'ack-sent',
  'opened',
] as const

/** A state of the automaton (RFC 1661 § 4.2). */
export type AutomatonState = (typeof automatonStates)[number]

/**
 * What is done on the way from one state to another (§ 4.4): this layer up, down, started, finished; initialize or zero the
 * restart counter; send a Configure-Request, -Ack, -Nak or -Reject, Terminate-Request or -Ack, Code-Reject, Echo-Reply.
 */
export type AutomatonAction =
  | 'tlu'
  | 'tld'
  | 'tls'
  | 'tlf'
  | 'irc'
  | 'zrc'
  | 'scr'
  | 'sca'
  | 'scn'
  | 'str'
  | 'sta'
  | 'scj'
  | 'ser'

/** What happens to it (§ 4.3): the names are the RFC's. */
export type AutomatonEvent =
  | 'Up'
  | 'Down'
  | 'Open'
  | 'Close'
  | 'TO+'
  | 'TO-'
  | 'RCR+'
  | 'RCR-'
  | 'RCA'
  | 'RCN'
  | 'RTR'
  | 'RTA'
  | 'RUC'
  | 'RXJ+'
  | 'RXJ-'
  | 'RXR'

/** A step: what is done, and the state afterwards. */
export interface AutomatonStep {
  readonly actions: readonly AutomatonAction[]
  readonly next: AutomatonState
}

/**
 * One line an event, one column a state, 0 to 9; `-` is what cannot happen. The RFC's marks are left out: the passive option
 * (`3p`) and the restart option (`r`), which are not used, and the crossed connection (`x`), of which nothing follows.
 */
const text = `
        0       1           2      3               4       5       6            7            8            9
Up      2       irc,scr/6   -      -               -       -       -            -            -            -
Down    -       -           0      tls/1           0       1       1            1            1            tld/1
Open    tls/1   1           irc,scr/6 3            5       5       6            7            8            9
Close   0       tlf/0       2      2               4       4       irc,str/4    irc,str/4    irc,str/4    tld,irc,str/4
TO+     -       -           -      -               str/4   str/5   scr/6        scr/6        scr/8        -
TO-     -       -           -      -               tlf/2   tlf/3   tlf/3        tlf/3        tlf/3        -
RCR+    -       -           sta/2  irc,scr,sca/8   4       5       sca/8        sca,tlu/9    sca/8        tld,scr,sca/8
RCR-    -       -           sta/2  irc,scr,scn/6   4       5       scn/6        scn/7        scn/6        tld,scr,scn/6
RCA     -       -           sta/2  sta/3           4       5       irc/7        scr/6        irc,tlu/9    tld,scr/6
RCN     -       -           sta/2  sta/3           4       5       irc,scr/6    scr/6        irc,scr/8    tld,scr/6
RTR     -       -           sta/2  sta/3           sta/4   sta/5   sta/6        sta/6        sta/6        tld,zrc,sta/5
RTA     -       -           2      3               tlf/2   tlf/3   6            6            8            tld,scr/6
RUC     -       -           scj/2  scj/3           scj/4   scj/5   scj/6        scj/7        scj/8        scj/9
RXJ+    -       -           2      3               4       5       6            6            8            9
RXJ-    -       -           tlf/2  tlf/3           tlf/2   tlf/3   tlf/3        tlf/3        tlf/3        tld,irc,str/5
RXR     -       -           2      3               4       5       6            7            8            ser/9
`

const steps = new Map<string, readonly (AutomatonStep | undefined)[]>(
  text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [event, ...cells] = line.split(/\s+/) as [AutomatonEvent, ...string[]]
      return [event, cells.map(stepOf)]
    }),
)

function stepOf(cell: string): AutomatonStep | undefined {
  if (cell === '-') return undefined
  const [state, actions] = cell.split('/').reverse() as [string, string?]
  return {
    actions: actions === undefined ? [] : (actions.split(',') as AutomatonAction[]),
    next: automatonStates[Number(state)] as AutomatonState,
  }
}

/** What follows of an event in a state; `undefined` where it cannot happen, and is nothing. */
export function automatonStep(state: AutomatonState, event: AutomatonEvent): AutomatonStep | undefined {
  return steps.get(event)?.[automatonStates.indexOf(state)]
}

/** The states in which the restart timer runs (§ 4.6). */
export function restartRuns(state: AutomatonState): boolean {
  return automatonStates.indexOf(state) >= 4 && state !== 'opened'
}
