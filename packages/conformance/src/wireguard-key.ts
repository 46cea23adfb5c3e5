/** Keys of WireGuard for tests: the examples of RFC 7748 § 6.1, which are nobody's. @module */

/** Private keys of Alice and of Bob, base64. */
export const privateKeys: readonly [string, string] = [
  'dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo=',
  'XasIfmJKikt54X+Lg4AO5m87sSkmGLb9HC+LJ/+I4Os=',
]
/** Their public keys, and one more. */
export const publicKeys: readonly [string, string, string] = [
  'hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=',
  '3p7bfXt9wbTTW2HC7OQ1Nz+DQ8hbeGdNrfx+FG+IK08=',
  'j0DFrbaPJWJK5bIU6nZ6bslNgp09e14a0bpvPiE4KF8=',
]
/** Alice's private key as it is used: clamped. */
export const clampedKey: string = 'cAdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LGo='
/** A key that both share. */
export const sharedKey: string = 'Sl2dW6TOLeFyjjv0gDUPJeB+IclH0Z4zdvCbPB4WF0I='
