import type { MeJson, SignInRequestJson } from '../../../src/contract/access.ts'
import { ApiError, requestJson, setCsrfToken } from './client.ts'

/** Who is signed in. */
export interface Session {
  readonly user: string
  readonly role: MeJson['role']
  /** False where the server asks nobody who they are: there is nothing to sign out of. */
  readonly isAuthenticated: boolean
}

/** Undefined when nobody is signed in. */
export async function readSession(): Promise<Session | undefined> {
  try {
    return toSession(await requestJson<MeJson>('/api/vedette/me'))
  } catch (thrown) {
    if (!(thrown instanceof ApiError)) throw thrown
    if (thrown.status === 401) return undefined
    // A server without accounts has no such path.
    if (thrown.status === 404) return { user: 'local', role: 'admin', isAuthenticated: false }
    throw thrown
  }
}

/** Rejects with an `ApiError` whose message is for the person who signs in. */
export async function signIn(user: string, password: string): Promise<Session> {
  const body: SignInRequestJson = { user, password }
  return toSession(await requestJson<MeJson>('/api/vedette/sign-in', { body }))
}

export async function signOut(): Promise<void> {
  await requestJson('/api/vedette/sign-out', { method: 'POST' })
  setCsrfToken('')
}

function toSession({ user, role, csrf, anonymous }: MeJson): Session {
  setCsrfToken(csrf)
  return { user: anonymous ? 'anonymous' : user, role, isAuthenticated: !anonymous }
}
