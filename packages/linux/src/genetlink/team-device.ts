/** Requests about teams: options set one after another, and a team put together from its messages (`linux/if_team.h`). @module */
import {
  type Request,
  type TeamDevice,
  type TeamSetting,
  teamDevice,
  teamHint,
  teamSettings,
  VnetError,
} from '@vnet/core'
import { indexOf, linkOf } from '../link-lookup.js'
import { NLM_F_REQUEST } from '../netlink/message.js'
import * as k from './constants.js'
import type { Family, GenericCarrier } from './conversation.js'
import { beginGeneric, genlmsghdr } from './message.js'
import { type CleanTeamSetting, readTeamPart, type TeamPart, teamMessageAttributes, writeOption } from './team.js'

const family: Family = {
  name: 'team',
  paths: { headerSize: genlmsghdr.size, table: teamMessageAttributes, prefix: 'spec' },
  capability: 'link team',
}

/** Reads a team; `undefined` where there is no such link. */
export async function readTeam(
  run: GenericCarrier,
  request: Request & { operation: 'team get' },
): Promise<TeamDevice | undefined> {
  try {
    const index = await indexOf(run, request, request.spec.link)
    const parts = [
      ...(await partsOf(run, request, index, k.TEAM_CMD_OPTIONS_GET)),
      ...(await partsOf(run, request, index, k.TEAM_CMD_PORT_LIST_GET)),
    ]
    const options = parts.flatMap((part) => part.options ?? [])
    const ports = parts.flatMap((part) => part.ports ?? [])
    return teamDevice(
      index,
      options,
      ports,
      parts.flatMap(({ other }) => other),
    )
  } catch (error) {
    if (!(error instanceof VnetError)) throw error
    if (error.code === 'ENODEV') return undefined
    // The kernel says the same of a link that is not there and of one that is no team.
    if (error.code === 'EINVAL' && (await linkOf(run, request.spec.link)) === undefined) return undefined
    throw explained(error, 'spec.link')
  }
}

/** The answer is a list that ends as one, although it is not asked for as one. */
function partsOf(run: GenericCarrier, request: Request, link: number, command: number): Promise<readonly TeamPart[]> {
  return run.generic.list(
    request,
    family,
    (to, number) => {
      beginGeneric(to, number, NLM_F_REQUEST, command)
      to.u32Attribute(teamMessageAttributes.link.type, link)
      to.end()
    },
    (from, start, end) => readTeamPart(from, start + genlmsghdr.size, end),
  )
}

/**
 * Changes a team: a message for each option, because the kernel does not say which of several it refuses, and leaves the
 * rest of a message undone when nobody hears of the first.
 */
export async function changeTeam(
  run: GenericCarrier,
  request: Request & { operation: 'team set' },
): Promise<undefined> {
  const { link } = request.spec
  const index = await indexOf(run, request, link)
  const settings = teamSettings(request.spec)
  // All names are looked up before anything is changed.
  const messages: [TeamSetting, CleanTeamSetting][] = []
  for (const one of settings) {
    const port = one.port === undefined ? undefined : await indexOf(run, request, one.port)
    const value = one.valueLink === undefined ? one.value : await indexOf(run, request, one.valueLink)
    messages.push([one, { name: one.name, type: one.type, value, port, arrayIndex: one.arrayIndex }])
  }
  for (const [setting, clean] of messages) {
    try {
      await run.generic.change(request, family, (to, number) => {
        beginGeneric(to, number, NLM_F_REQUEST, k.TEAM_CMD_OPTIONS_SET)
        to.u32Attribute(teamMessageAttributes.link.type, index)
        writeOption(to, clean)
        to.end()
      })
    } catch (error) {
      if (!(error instanceof VnetError)) throw error
      // The option is set, and nobody hears the event that tells of it (`genlmsg_multicast_netns` without listeners).
      if (error.code === 'ESRCH') continue
      const isTeam = error.code !== 'EINVAL' || (await linkOf(run, link))?.kind === 'team'
      throw explained(error, isTeam ? setting.attribute : 'spec.link')
    }
  }
  return undefined
}

function explained(error: VnetError, attribute: string): VnetError {
  const hint = teamHint(error.code, attribute)
  return hint === undefined ? error : new VnetError({ ...error.toJSON(), attribute, hint, cause: error })
}
