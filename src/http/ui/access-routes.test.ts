import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTestAccess, PASSWORD, type TestAccess } from '../../access/testing/test-access.ts'
import type { MeJson } from '../../contract/access.ts'
import type { Route } from '../exchange.ts'
import type { Access } from '../guard.ts'
import { createListener, type Listener } from '../listener.ts'
import { accessRoutes } from './access-routes.ts'
import { createLog } from '../../self/log.ts'
import { parseJson } from '../../../test/house/parse-json.ts'

let access: TestAccess
let listener: Listener
let url: string

beforeEach(async () => {
  access = await openTestAccess()
  await open({})
})

afterEach(async () => {
  await listener.close()
  await access.close()
})

async function open(settings: Access): Promise<void> {
  const log = createLog({ write: (line) => access.lines.push(line) })
  const save: Route = {
    methods: ['POST'],
    path: '/save',
    permission: 'write',
    handle: () => ({ status: 204 }),
  }
  listener = createListener(
    {
      address: { host: '127.0.0.1', port: 0, listener: 'ui' },
      access: { ...settings, control: access.control },
      log,
      meter: () => () => undefined,
    },
    [...accessRoutes(access.control, log), save],
  )
  url = `http://127.0.0.1:${await listener.listen()}`
}

async function reopen(settings: Access): Promise<void> {
  await listener.close()
  await open(settings)
}

interface Told {
  readonly status: number
  readonly json: Readonly<Record<string, unknown>>
  readonly cookie: string
  readonly headers: Headers
}

async function call(
  method: string,
  path: string,
  { body, headers = {} }: { body?: unknown; headers?: Record<string, string> } = {},
): Promise<Told> {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  const cookie = answer.headers.get('set-cookie') ?? ''
  const json = parseJson(
    text === '' ? '{}' : text,
    (value): value is Told['json'] => value !== null,
  )
  return { status: answer.status, json, cookie, headers: answer.headers }
}

/** A browser that is signed in: sends its cookie, and its proof with what changes something. */
async function signIn(user: string): Promise<{
  readonly cookie: string
  readonly csrf: string
  readonly call: (method: string, path: string, body?: unknown) => Promise<Told>
}> {
  const told = await call('POST', '/api/vedette/sign-in', { body: { user, password: PASSWORD } })
  expect(told.status).toBe(200)
  const cookie = told.cookie.split(';')[0] ?? ''
  const csrf = String(told.json['csrf'])
  const headers = { cookie, 'x-vedette-csrf': csrf }
  return { cookie, csrf, call: (method, path, body) => call(method, path, { body, headers }) }
}

describe('signing in', () => {
  it('gives a cookie that no script and no other site can use, and tells who it is', async () => {
    const told = await call('POST', '/api/vedette/sign-in', {
      body: { user: 'ADA', password: PASSWORD },
    })
    expect(told.json).toMatchObject({ user: 'ada', role: 'admin', anonymous: false })
    expect(told.cookie).toMatch(
      /^vedette=[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/,
    )
    expect(told.headers.get('cache-control')).toBe('no-store')
    const ada = await signIn('ada')
    const me = await ada.call('GET', '/api/vedette/me')
    expect(me.json).toEqual({
      user: 'ada',
      name: 'ada',
      role: 'admin',
      csrf: ada.csrf,
      anonymous: false,
    } satisfies MeJson)
  })

  it('answers the same for a wrong password and for a user that is not there', async () => {
    const wrong = await call('POST', '/api/vedette/sign-in', {
      body: { user: 'ada', password: 'wrong' },
    })
    const missing = await call('POST', '/api/vedette/sign-in', {
      body: { user: 'nobody', password: 'wrong' },
    })
    expect([wrong.status, wrong.json]).toEqual([401, { message: 'wrong user or password' }])
    expect([missing.status, missing.json]).toEqual([wrong.status, wrong.json])
    expect([wrong.cookie, missing.cookie]).toEqual(['', ''])
    expect(wrong.headers.get('www-authenticate')).toBeNull()
  })

  it('never takes over an id that somebody else prepared', async () => {
    const planted = `vedette=${'a'.repeat(43)}`
    const told = await call('POST', '/api/vedette/sign-in', {
      body: { user: 'ada', password: PASSWORD },
      headers: { cookie: planted },
    })
    expect(told.cookie).not.toContain(planted)
    expect((await call('GET', '/api/vedette/me', { headers: { cookie: planted } })).status).toBe(
      401,
    )
    const victim = await signIn('vi')
    const again = await call('POST', '/api/vedette/sign-in', {
      body: { user: 'ada', password: PASSWORD },
      headers: { cookie: victim.cookie },
    })
    expect(again.cookie).not.toContain(victim.cookie)
    const old = await call('GET', '/api/vedette/me', { headers: { cookie: victim.cookie } })
    expect(old.status).toBe(401)
  })

  it('slows down who guesses, and the owner elsewhere is let in', async () => {
    const guess = (password: string) =>
      call('POST', '/api/vedette/sign-in', { body: { user: 'ada', password } })
    for (let time = 0; time < 3; time++) expect((await guess('wrong')).status).toBe(401)
    const refused = await guess(PASSWORD)
    expect(refused.status).toBe(429)
    expect(refused.headers.get('retry-after')).toBe('1')
    await reopen({ proxies: ['127.0.0.1'] })
    const elsewhere = await call('POST', '/api/vedette/sign-in', {
      body: { user: 'ada', password: PASSWORD },
      headers: { 'x-forwarded-for': '10.7.7.7' },
    })
    expect(elsewhere.status).toBe(200)
    expect((await call('GET', '/api/vedette/me')).status).toBe(401)
  })

  it('believes X-Forwarded-For of named proxies alone', async () => {
    for (let time = 0; time < 3; time++) {
      await call('POST', '/api/vedette/sign-in', {
        body: { user: 'ada', password: 'wrong' },
        headers: { 'x-forwarded-for': `10.0.0.${time}` },
      })
    }
    const told = await call('POST', '/api/vedette/sign-in', {
      body: { user: 'ada', password: PASSWORD },
      headers: { 'x-forwarded-for': '10.0.0.9' },
    })
    expect(told.status).toBe(429)
  })

  it('is secure behind a proxy that encrypts', async () => {
    await reopen({ proxies: ['127.0.0.1'] })
    const told = await call('POST', '/api/vedette/sign-in', {
      body: { user: 'ada', password: PASSWORD },
      headers: { 'x-forwarded-for': '10.7.7.7', 'x-forwarded-proto': 'https' },
    })
    expect(told.cookie).toMatch(/^__Host-vedette=.*; HttpOnly; Secure; SameSite=Lax$/)
    const cookie = told.cookie.split(';')[0] ?? ''
    const me = await call('GET', '/api/vedette/me', { headers: { cookie } })
    expect(me.json['user']).toBe('ada')
  })

  it('is refused for what a form or a page of another site can send', async () => {
    const body = { user: 'ada', password: PASSWORD }
    const form = await call('POST', '/api/vedette/sign-in', {
      body,
      headers: { 'content-type': 'text/plain' },
    })
    expect(form.status).toBe(415)
    const foreign = await call('POST', '/api/vedette/sign-in', {
      body,
      headers: { origin: 'https://evil.example' },
    })
    expect([foreign.status, foreign.cookie]).toEqual([403, ''])
  })

  it('does not quote what it cannot read', async () => {
    const answer = await fetch(`${url}/api/vedette/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: `{"user":"ada","password":"${PASSWORD}"`,
    })
    expect([answer.status, await answer.text()]).toEqual([
      400,
      '{"message":"the body must be a JSON object"}',
    ])
    expect(access.lines.join('')).not.toContain(PASSWORD)
  })

  it('ends with signing out, here or everywhere', async () => {
    const [one, two, three] = [await signIn('vi'), await signIn('vi'), await signIn('vi')]
    const out = await one.call('POST', '/api/vedette/sign-out')
    expect([out.status, out.cookie]).toEqual([
      204,
      'vedette=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax',
    ])
    expect((await one.call('GET', '/api/vedette/me')).status).toBe(401)
    expect((await two.call('GET', '/api/vedette/me')).status).toBe(200)
    await two.call('POST', '/api/vedette/sign-out-everywhere')
    expect((await three.call('GET', '/api/vedette/me')).status).toBe(401)
  })
})

describe('what changes something', () => {
  it('needs the proof that a page of ours sends it', async () => {
    const { cookie, csrf } = await signIn('ed')
    const other = await signIn('ed')
    const save = async (headers: Record<string, string>): Promise<number> =>
      (await call('POST', '/save', { headers: { cookie, ...headers } })).status
    expect(await save({})).toBe(403)
    expect(await save({ 'x-vedette-csrf': '' })).toBe(403)
    expect(await save({ 'x-vedette-csrf': other.csrf })).toBe(403)
    expect(await save({ 'x-vedette-csrf': csrf })).toBe(204)
    expect(await save({ 'x-vedette-csrf': csrf, origin: 'https://evil.example' })).toBe(403)
    expect(await save({ 'x-vedette-csrf': csrf, 'sec-fetch-site': 'cross-site' })).toBe(403)
  })

  it('needs none with credentials that no browser sends by itself', async () => {
    const authorization = `Basic ${btoa(`ed:${PASSWORD}`)}`
    expect((await call('POST', '/save', { headers: { authorization } })).status).toBe(204)
    const viewer = `Basic ${btoa(`vi:${PASSWORD}`)}`
    const told = await call('POST', '/save', { headers: { authorization: viewer } })
    expect([told.status, told.json]).toEqual([
      403,
      { message: 'vi (viewer) may not do this: this needs dashboards:write' },
    ])
  })

  it('is never for who is not signed in, even where all may look', async () => {
    await reopen({ anonymous: 'viewer' })
    expect((await call('GET', '/api/vedette/me')).json).toEqual({
      user: '',
      name: '',
      role: 'viewer',
      csrf: '',
      anonymous: true,
    })
    expect((await call('POST', '/save')).status).toBe(401)
    expect((await call('GET', '/api/vedette/users')).status).toBe(401)
    expect((await call('POST', '/api/vedette/sign-out')).status).toBe(401)
  })
})

describe('users', () => {
  it('are listed, created, changed and removed by admins, without their hashes', async () => {
    const ada = await signIn('ada')
    const created = await ada.call('POST', '/api/vedette/users', {
      login: 'Grace@Example.org',
      password: 'another horse battery staple',
      role: 'viewer',
      name: 'Grace',
    })
    expect([created.status, created.json]).toEqual([
      201,
      {
        id: 4,
        login: 'grace@example.org',
        name: 'Grace',
        email: '',
        role: 'viewer',
        disabled: false,
        createdMs: access.nowMs,
        lastSeenMs: null,
      },
    ])
    const changed = await ada.call('PUT', '/api/vedette/users/4', { role: 'editor' })
    expect(changed.json).toMatchObject({ id: 4, role: 'editor', name: 'Grace' })
    const list = await ada.call('GET', '/api/vedette/users')
    expect(JSON.stringify(list.json)).not.toMatch(/argon2|password/i)
    expect((await ada.call('DELETE', '/api/vedette/users/4')).status).toBe(204)
    expect((await ada.call('DELETE', '/api/vedette/users/4')).status).toBe(404)
    expect((await ada.call('PUT', '/api/vedette/users/x', {})).status).toBe(404)
  })

  it('are refused with what is wrong', async () => {
    const ada = await signIn('ada')
    const user = { login: 'new', password: 'another horse battery staple', role: 'viewer' }
    const create = async (change: Record<string, unknown>): Promise<string> => {
      const told = await ada.call('POST', '/api/vedette/users', { ...user, ...change })
      return `${told.status} ${String(told.json['message'])}`
    }
    expect(await create({ login: 'ada' })).toBe('409 there is a user ada already')
    expect(await create({ login: 'a b' })).toMatch(/^400 a login consists of/)
    expect(await create({ password: 'short' })).toMatch(/^400 .*at least 20 characters/)
    expect(await create({ role: 'root' })).toBe('400 role must be one of viewer, editor, admin')
    expect(await create({ role: 1 })).toBe('400 role must be a text')
    expect(await create({ password: undefined })).toBe('400 password must be set')
    const last = await ada.call('PUT', '/api/vedette/users/1', { role: 'viewer' })
    expect([last.status, last.json['message']]).toEqual([
      409,
      'this is the last admin: make another user admin first',
    ])
  })

  it('change their own password', async () => {
    const vi = await signIn('vi')
    const change = { current: PASSWORD, next: 'another horse battery staple' }
    const wrong = await vi.call('POST', '/api/vedette/me/password', { ...change, current: 'x' })
    expect([wrong.status, wrong.json['message']]).toEqual([403, 'the current password is wrong'])
    expect((await vi.call('POST', '/api/vedette/me/password', change)).status).toBe(204)
    expect((await vi.call('GET', '/api/vedette/me')).status).toBe(200)
    const again = await call('POST', '/api/vedette/sign-in', {
      body: { user: 'vi', password: PASSWORD },
    })
    expect(again.status).toBe(401)
  })

  it('belong to admins alone', async () => {
    for (const user of ['vi', 'ed']) {
      const browser = await signIn(user)
      for (const [method, path] of [
        ['GET', 'users'],
        ['POST', 'users'],
        ['PUT', 'users/1'],
        ['DELETE', 'users/1'],
        ['GET', 'tokens'],
        ['POST', 'tokens'],
        ['DELETE', 'tokens/1'],
        ['GET', 'audit'],
      ] as const) {
        const body = method === 'POST' || method === 'PUT' ? {} : undefined
        const told = await browser.call(method, `/api/vedette/${path}`, body)
        expect([user, method, path, told.status]).toEqual([user, method, path, 403])
      }
    }
  })
})

describe('tokens', () => {
  it('are shown once, listed without their secret, and end when they are revoked', async () => {
    const ada = await signIn('ada')
    const created = await ada.call('POST', '/api/vedette/tokens', {
      name: 'terraform',
      scopes: ['dashboards:read', 'dashboards:write'],
      expiresInMs: 60_000,
    })
    const token = String(created.json['token'])
    expect([created.status, token]).toEqual([201, expect.stringMatching(/^vdt_[\w-]{43}$/)])
    const headers = { authorization: `Bearer ${token}` }
    expect((await call('POST', '/save', { headers })).status).toBe(204)
    expect((await call('GET', '/api/vedette/users', { headers })).status).toBe(403)
    expect((await call('POST', '/api/vedette/sign-out', { headers })).status).toBe(403)
    const list = await ada.call('GET', '/api/vedette/tokens')
    expect(JSON.stringify(list.json)).not.toContain(token)
    expect(list.json).toMatchObject([
      {
        name: 'terraform',
        hint: token.slice(0, 10),
        scopes: ['dashboards:read', 'dashboards:write'],
        createdBy: 'ada',
        expiresMs: access.nowMs + 60_000,
        lastUsedAddress: '127.0.0.1',
      },
    ])
    expect((await ada.call('DELETE', '/api/vedette/tokens/1')).status).toBe(204)
    expect((await call('POST', '/save', { headers })).status).toBe(401)
    expect(access.lines.join('')).not.toContain(token)
  })

  it('in a URL are refused, whatever the parameter is called', async () => {
    const ada = await signIn('ada')
    const { json } = await ada.call('POST', '/api/vedette/tokens', { name: 'x', scopes: ['admin'] })
    for (const name of ['token', 'access_token', 'auth_token', 'api_key', 'q']) {
      const told = await call('GET', `/api/vedette/me?${name}=${String(json['token'])}`)
      expect([name, told.status]).toEqual([name, 400])
    }
  })

  it('are refused with what is wrong', async () => {
    const ada = await signIn('ada')
    const create = async (change: Record<string, unknown>): Promise<string> => {
      const body = { name: 'ci', scopes: ['metrics:read'], ...change }
      const told = await ada.call('POST', '/api/vedette/tokens', body)
      return `${told.status} ${String(told.json['message'])}`
    }
    expect(await create({ scopes: [] })).toMatch(/^400 a token needs at least one scope/)
    expect(await create({ scopes: ['metrics:*'] })).toMatch(/^400 "metrics:\*" is no scope/)
    expect(await create({ scopes: 'admin' })).toBe('400 scopes must be a list of texts')
    expect(await create({ expiresInMs: -1 })).toMatch(/^400 a token expires/)
    expect(await create({ name: '<b>' })).toMatch(/^400 the name of a token/)
    expect(await create({})).toMatch(/^201/)
    expect(await create({})).toBe('409 there is a token ci already')
  })
})

describe('the audit log', () => {
  it('is shown to admins, the newest first, within what was asked', async () => {
    const ada = await signIn('ada')
    const list = await ada.call('GET', '/api/vedette/audit?limit=2')
    expect(list.json).toMatchObject([
      { actor: 'ada', action: 'sign-in', address: '127.0.0.1', failed: false },
      { actor: 'loopback', action: 'user.create', target: 'vi' },
    ])
    const none = await ada.call('GET', `/api/vedette/audit?from=${access.nowMs + 1}`)
    expect(none.json).toEqual([])
    expect((await ada.call('GET', '/api/vedette/audit?from=x')).status).toBe(400)
  })
})
