import { request, type Dispatcher } from 'undici'
import { VERSION } from '../self/version.ts'
import { JWT_BEARER, type OAuth2Config } from './oauth2.ts'
import { OutboundAgents } from './outbound-agents.ts'
import { readSecretFile } from './read-secret-file.ts'
import { readTlsSettings } from './tls-settings.ts'

/** A token is taken for spent so long before it is, so that it does not end on its way (golang.org/x/oauth2). */
const EARLY_MS = 10_000
/** How long the issuer may take. */
const TIMEOUT_MS = 30_000
const MAX_ANSWER_BYTES = 64 * 1024

interface Token {
  /** `Bearer …`, as it is sent. */
  readonly header: string
  /** Unix milliseconds; infinite where the issuer does not say. */
  readonly endsMs: number
}

/** Fetches tokens by client credentials (RFC 6749, 4.4) and keeps each until it ends. */
export class OAuth2Tokens {
  readonly #config: OAuth2Config
  readonly #nowMs: () => number
  #token: Promise<Token> | undefined
  /** How the issuer wants to be told the secret; learned from its first answer. */
  #inBody: boolean | undefined

  constructor(config: OAuth2Config, nowMs: () => number = Date.now) {
    this.#config = config
    this.#nowMs = nowMs
  }

  /** The value of the header `authorization`. Rejects when there is no token to be had; the message names no secret. */
  async header(): Promise<string> {
    const known = await this.#token?.catch(() => undefined)
    if (known !== undefined && this.#nowMs() < known.endsMs - EARLY_MS) return known.header
    if (known !== undefined) this.#token = undefined
    // Of requests at one time only the first fetches.
    this.#token ??= this.#fetch()
    const fetching = this.#token
    try {
      return (await fetching).header
    } catch (thrown) {
      if (this.#token === fetching) this.#token = undefined
      throw thrown
    }
  }

  /** The token was refused: the next request fetches another. */
  forget(): void {
    this.#token = undefined
  }

  async #fetch(): Promise<Token> {
    const { clientSecret, clientSecretFile, grantType } = this.#config
    if (grantType === JWT_BEARER)
      throw new Error(`oauth2: the grant ${JWT_BEARER} is not supported`)
    const fromFile = await readSecretFile('oauth2 client secret', clientSecretFile)
    const secret = fromFile ?? clientSecret?.reveal() ?? ''
    if (this.#inBody !== undefined) return this.#ask(secret, this.#inBody)
    // As Go's library: by the header first, in the body where that is not understood.
    for (const inBody of [false, true]) {
      try {
        const token = await this.#ask(secret, inBody)
        this.#inBody = inBody
        return token
      } catch (thrown) {
        if (inBody || !(thrown instanceof Refused)) throw thrown
      }
    }
    throw new Error('oauth2: no token')
  }

  async #ask(secret: string, inBody: boolean): Promise<Token> {
    const { clientId, scopes, endpointParams, tokenUrl, tls, proxy } = this.#config
    const form = new URLSearchParams({ grant_type: 'client_credentials', ...endpointParams })
    if (scopes.length > 0) form.set('scope', scopes.join(' '))
    if (inBody) {
      form.set('client_id', clientId)
      form.set('client_secret', secret)
    }
    const login = `${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`
    const agents = new OutboundAgents(proxy)
    try {
      const answer = await request(tokenUrl, {
        dispatcher: agents.for(tokenUrl, tls && (await readTlsSettings(tls))),
        method: 'POST',
        headers: {
          'user-agent': `Vedette/${VERSION}`,
          'content-type': 'application/x-www-form-urlencoded',
          accept: 'application/json',
          ...(inBody ? {} : { authorization: `Basic ${Buffer.from(login).toString('base64')}` }),
        },
        body: form.toString(),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      return await readToken(answer, this.#nowMs())
    } finally {
      // Tokens are asked for seldom: nothing is kept open meanwhile.
      await agents.close()
    }
  }
}

/** The issuer answered, and gave no token. */
class Refused extends Error {}

async function readToken(answer: Dispatcher.ResponseData, nowMs: number): Promise<Token> {
  const text = (await answer.body.text()).slice(0, MAX_ANSWER_BYTES)
  const fields = parse(text)
  const { access_token: token, token_type: type, expires_in: lifeS, error } = fields
  if (
    answer.statusCode >= 200 &&
    answer.statusCode < 300 &&
    typeof token === 'string' &&
    token !== ''
  ) {
    const scheme = typeof type === 'string' && type.toLowerCase() !== 'bearer' ? type : 'Bearer'
    const seconds = Number(lifeS)
    return {
      header: `${scheme} ${token}`,
      endsMs: seconds > 0 ? nowMs + seconds * 1000 : Infinity,
    }
  }
  const shown = typeof error === 'string' ? `: ${error.slice(0, 100)}` : ''
  throw new Refused(`oauth2: cannot fetch token: status ${answer.statusCode}${shown}`)
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return Object.fromEntries(new URLSearchParams(text))
  }
}
