import { Problem } from '../model/problem.ts'
import type { Metadata } from '../store/metadata/metadata.ts'
import { insertUser, listUsers } from '../store/metadata/users.ts'
import { isLogin } from './authenticator.ts'
import { generatePassword, passwordFault, type Passwords } from './password.ts'
import { readSecretVariable, type Environment } from './secret-variable.ts'

/** The first user, with the password while it can still be told. */
export interface FirstAdmin {
  readonly login: string
  /** To be shown once; undefined when the person chose it. */
  readonly generatedPassword: string | undefined
}

const PASSWORD_NAMES = ['VEDETTE_ADMIN_PASSWORD', 'GF_SECURITY_ADMIN_PASSWORD'] as const
const LOGIN_NAMES = ['VEDETTE_ADMIN_USER', 'GF_SECURITY_ADMIN_USER'] as const

/**
 * What the environment says about the first admin. Each name may end in `__FILE`, as Grafana's may, and then names a file. Throws
 * a `Problem` for a password that is too short: it would be silently missing otherwise.
 */
export function readFirstAdmin(env: Environment): {
  readonly login: string
  readonly password: string | undefined
} {
  const password = readSecretVariable(PASSWORD_NAMES, env)
  const fault = password === undefined ? undefined : passwordFault(password.text)
  if (password !== undefined && fault !== undefined) {
    throw new Problem('bad_data', `${password.name}: ${fault}`)
  }
  const login = readSecretVariable(LOGIN_NAMES, env)
  const name = (login?.text ?? 'admin').trim().toLowerCase()
  if (!isLogin(name)) {
    throw new Problem(
      'bad_data',
      `${login?.name ?? ''}: a login consists of letters, digits and . _ @ + -`,
    )
  }
  return { login: name, password: password?.text }
}

/** Creates the first admin; undefined when there are users already, whatever the environment says. */
export async function createFirstAdmin(
  metadata: Metadata,
  passwords: Passwords,
  env: Environment,
  nowMs: number,
): Promise<FirstAdmin | undefined> {
  const { login, password } = readFirstAdmin(env)
  const users = await listUsers(metadata)
  if (users.some(({ kind }) => kind === 'person')) return undefined
  const chosen = password ?? generatePassword()
  const created = await insertUser(
    metadata,
    {
      login,
      name: '',
      email: '',
      kind: 'person',
      role: 'admin',
      passwordHash: await passwords.hash(chosen),
      disabled: false,
    },
    nowMs,
  )
  // Another program on the same database was quicker.
  if (created === undefined) return undefined
  return { login, generatedPassword: password === undefined ? chosen : undefined }
}
