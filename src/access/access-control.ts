import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../self/log.ts'
import type { Metadata } from '../store/metadata/metadata.ts'
import { Accounts } from './accounts.ts'
import { AuditLog } from './audit-log.ts'
import { Authenticator, type SignInLife } from './authenticator.ts'
import { BrowserDesk } from './browser-desk.ts'
import { createFirstAdmin, type FirstAdmin } from './first-admin.ts'
import { Passwords } from './password.ts'
import { keepPresetToken } from './preset-token.ts'
import { Throttle, type Clock } from './throttle.ts'
import { TokenDesk } from './token-desk.ts'

export interface AccessControlOptions {
  readonly metadata: Metadata
  readonly log: Log
  readonly life?: SignInLife
  readonly clock?: Clock
  /** Whether an address is this machine's own. */
  readonly isLocal: (address: string) => boolean
}

/** Users, tokens, sign-ins and the audit log of a running program. */
export interface AccessControl {
  readonly authenticator: Authenticator
  readonly accounts: Accounts
  readonly tokens: TokenDesk
  readonly browsers: BrowserDesk
  readonly audit: AuditLog
  readonly life: SignInLife
  /** To be called at each start: creates the first admin where there is no user. Rejects with a `Problem` about the environment. */
  createFirstAdmin(
    env: Readonly<Record<string, string | undefined>>,
  ): Promise<FirstAdmin | undefined>
  /** To be called at each start: the token of `VEDETTE_AGENT_TOKEN`. Resolves to whether it is a new one; rejects with a `Problem` about the environment. */
  keepPresetToken(env: Readonly<Record<string, string | undefined>>): Promise<boolean>
  /** What was recorded is kept. */
  close(): Promise<void>
}

const DAY_MS = 86_400_000
/** Grafana's defaults. */
export const DEFAULT_SIGN_IN_LIFE: SignInLife = { idleMs: 7 * DAY_MS, lifetimeMs: 30 * DAY_MS }

const REAL_CLOCK: Clock = {
  nowMs: Date.now,
  sleep: async (durationMs) => sleep(durationMs, undefined, { ref: false }),
}

/** Joins the parts of access control over an opened metadata database. */
export function createAccessControl(options: AccessControlOptions): AccessControl {
  const { metadata, life = DEFAULT_SIGN_IN_LIFE, clock = REAL_CLOCK } = options
  const log = options.log.child({ component: 'access' })
  const passwords = new Passwords()
  const audit = new AuditLog(metadata, log, clock.nowMs)
  const throttle = new Throttle(clock, options.isLocal)
  const shared = { metadata, audit, clock, log, life, passwords }
  const authenticator = new Authenticator({ ...shared, throttle })
  const parts = { ...shared, authenticator }
  return {
    authenticator,
    accounts: new Accounts(parts),
    tokens: new TokenDesk(parts),
    browsers: new BrowserDesk(parts),
    audit,
    life,
    createFirstAdmin: async (env) => createFirstAdmin(metadata, passwords, env, clock.nowMs()),
    keepPresetToken: async (env) => {
      const isNew = await keepPresetToken(metadata, audit, env, clock.nowMs())
      if (isNew) authenticator.forget()
      return isNew
    },
    close: () => audit.flush(),
  }
}
