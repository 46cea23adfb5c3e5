import { describe, expect, it } from 'vitest'
import { capabilities, isVnetError, openHost, remedyOf, VnetError } from '../src/index.js'

describe('VnetError', () => {
  it('reads as an answer', () => {
    const error = new VnetError({
      code: 'EEXIST',
      operation: 'link add',
      subject: 'br0',
      detail: 'it is there',
      hint: 'choose another',
      errno: 17,
    })
    expect(error.message).toBe('link add br0: File exists (EEXIST): it is there')
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      code: 'EEXIST',
      operation: 'link add',
      subject: 'br0',
      detail: 'it is there',
      hint: 'choose another',
      errno: 17,
    })
  })
  it('is known by its mark, not by its class', () => {
    expect(isVnetError(new VnetError({ code: 'EPERM', operation: 'x' }))).toBe(true)
    expect(isVnetError(Object.assign(new Error('x'), { code: 'EPERM' }))).toBe(false)
    expect(isVnetError(undefined)).toBe(false)
  })
})

describe('choosing a backend', () => {
  it('names the backends for a name that is none', async () => {
    await expect(openHost({ driver: 'nap' as never })).rejects.toMatchObject({
      code: 'VNET_NO_DRIVER',
      hint: expect.stringContaining('napi, ffi, mock'),
    })
  })
  it('tells why each was refused', async () => {
    const refuse = () => Promise.reject(new VnetError({ code: 'VNET_NO_DRIVER', operation: 'open', subject: 'mine' }))
    await expect(openHost({ driver: refuse })).rejects.toMatchObject({ subject: 'mine' })
  })
})

it('has a remedy for every capability', () => {
  for (const capability of capabilities) expect(remedyOf(capability).length).toBeGreaterThan(10)
})
