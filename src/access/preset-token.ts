import { Problem } from '../model/problem.ts'
import type { Metadata } from '../store/metadata/metadata.ts'
import { deleteToken, findTokenByHash, insertToken, listTokens } from '../store/metadata/tokens.ts'
import type { AuditLog } from './audit-log.ts'
import { digest, hintOf, looksLikeToken } from './digest.ts'
import type { Principal } from './principal.ts'
import { AGENT_SCOPES, NO_SCOPES } from './scope.ts'
import { readSecretVariable, type Environment } from './secret-variable.ts'

const NAMES = ['VEDETTE_AGENT_TOKEN'] as const
/** As `vedette token list` shows it. */
const TOKEN_NAME = 'preset-agents'

/**
 * The token that a deployment gives to the server and its agents before either runs: `VEDETTE_AGENT_TOKEN`, or a file that `VEDETTE_AGENT_TOKEN__FILE` names. Undefined
 * where none is set. Throws a `Problem`, without the secret, for what is none: agents that show it would be refused.
 */
export function readPresetToken(env: Environment): string | undefined {
  const found = readSecretVariable(NAMES, env)
  // Secrets of Kubernetes are often made of what a program printed.
  const token = found?.text.trim()
  if (found === undefined || token === undefined || looksLikeToken(token)) return token
  throw new Problem(
    'bad_data',
    `${found.name}: a token is vdt_ and 43 letters, digits, "-" or "_": vedette token generate makes one`,
  )
}

/**
 * To be called at each start. The preset token may write what agents write, and nothing else; only its hash is kept. Another one takes the place of that of
 * before. Without the variable nothing changes: a token that is not wanted any more is revoked. Resolves to whether there is a new one.
 */
export async function keepPresetToken(
  metadata: Metadata,
  audit: AuditLog,
  env: Environment,
  nowMs: number,
): Promise<boolean> {
  const token = readPresetToken(env)
  if (token === undefined) return false
  const secretHash = digest(token)
  // Also one that was made here, and then given to the deployment.
  if ((await findTokenByHash(metadata, secretHash)) !== undefined) return false
  const former = (await listTokens(metadata)).find(({ name }) => name === TOKEN_NAME)
  if (former !== undefined) await deleteToken(metadata, former.id)
  const stored = await insertToken(metadata, {
    ...{ name: TOKEN_NAME, secretHash, hint: hintOf(token), scopes: AGENT_SCOPES },
    ...{ userId: undefined, createdBy: 'the environment', createdMs: nowMs, expiresMs: undefined },
  })
  // Another server on the same database was quicker.
  if (stored === undefined) return false
  const principal: Principal = { kind: 'loopback', name: 'the environment', scopes: NO_SCOPES }
  audit.record({ principal, address: '' }, 'token.create', TOKEN_NAME, {
    details: AGENT_SCOPES.join(' '),
  })
  return true
}
