import { createHmac } from 'node:crypto'
import { isIP } from 'node:net'
import SMTPConnection, {
  type SMTPConnectionCustomAuthContext,
  type SMTPConnectionOptions,
} from 'nodemailer/lib/smtp-connection'
import type { TlsSettings } from '../../outbound/tls-settings.ts'
import type { SendFailure } from './receiver-kind.ts'
import { SendFault } from './send-fault.ts'

/** Who logs in, where the server asks for that. */
export interface SmtpLogin {
  readonly username: string
  /** For PLAIN and LOGIN. */
  readonly password: string | undefined
  /** For CRAM-MD5. */
  readonly secret: string | undefined
  /** On whose behalf (PLAIN); '' is the user. */
  readonly identity: string
}

export interface SmtpServer {
  readonly host: string
  readonly port: number
  /** How we call ourselves. */
  readonly hello: string
  /** `implicit` speaks TLS from the start, `starttls` fails where the server does not offer it. */
  readonly encryption: 'implicit' | 'starttls' | 'none'
  readonly tls: TlsSettings | undefined
  readonly login: SmtpLogin | undefined
}

export interface Envelope {
  readonly from: string
  readonly to: readonly string[]
}

export interface Delivery {
  /** The server's last word: `250 2.0.0 Ok: queued as 4ZQ`. */
  readonly response: string
  readonly accepted: readonly string[]
  readonly refused: readonly {
    readonly address: string
    readonly reason: string
    readonly isFinal: boolean
  }[]
}

/** A method of ours, under which we choose among those that the server offers. */
const OWN_METHOD = 'CHOSEN'

/** Sends one mail over a connection of its own. Rejects with SendFault: final after an answer of 500 or more (RFC 5321, 4.2.1). */
export async function deliverMail(
  server: SmtpServer,
  envelope: Envelope,
  message: Buffer,
  signal: AbortSignal,
): Promise<Delivery> {
  const connection = new SMTPConnection(optionsOf(server))
  let stop = (): void => undefined
  try {
    const delivery = await new Promise<Delivery>((resolve, reject) => {
      stop = () => reject(new Error('no answer in time'))
      signal.addEventListener('abort', stop)
      if (signal.aborted) stop()
      connection.on('error', reject)
      connection.once('end', () => reject(new Error('the server closed the connection')))
      const orFail =
        (next: () => void) =>
        (error?: Error | null): void => {
          if (error) reject(error)
          else next()
        }
      const send = (): void =>
        connection.send({ from: envelope.from, to: [...envelope.to] }, message, (error, sent) => {
          if (error || sent === undefined) reject(error ?? new Error('no answer'))
          else resolve(toDelivery(sent))
        })
      const { login } = server
      const enter = (): void => {
        if (login === undefined || !connection.allowsAuth) send()
        else connection.login({ method: OWN_METHOD, user: login.username }, orFail(send))
      }
      connection.connect(orFail(enter))
    })
    connection.quit()
    return delivery
  } catch (thrown) {
    connection.close()
    throw faultOf(thrown, signal)
  } finally {
    signal.removeEventListener('abort', stop)
    // Whatever comes after this concerns nobody.
    connection.removeAllListeners('error').on('error', () => undefined)
  }
}

function optionsOf({
  host,
  port,
  hello,
  encryption,
  tls,
  login,
}: SmtpServer): SMTPConnectionOptions {
  return {
    host,
    port,
    name: hello,
    secure: encryption === 'implicit',
    requireTLS: encryption === 'starttls',
    ignoreTLS: encryption === 'none',
    tls: { ...(isIP(host) === 0 ? { servername: host } : {}), ...tls },
    ...(login === undefined
      ? {}
      : { customAuth: { [OWN_METHOD]: (context) => logIn(context, login, { host, encryption }) } }),
  }
}

/**
 * The first of CRAM-MD5, PLAIN and LOGIN that the server offers and that there is a secret for. As in Go, PLAIN is not spoken over
 * an open connection to another machine.
 */
async function logIn(
  context: SMTPConnectionCustomAuthContext,
  login: SmtpLogin,
  { host, encryption }: Pick<SmtpServer, 'host' | 'encryption'>,
): Promise<void> {
  const { authMethods } = context
  const { username, password, secret, identity } = login
  const say = async (command: string, expected: number): Promise<string> => {
    const { status, text } = await context.sendCommand(command)
    if (status === expected) return text
    // The library adds what the server said.
    throw new SendFault('the server refuses the login', {
      retry: status < 500,
      failure: 'authError',
    })
  }
  const isPrivate = encryption !== 'none' || /^(?:localhost|127\..*|::1)$/.test(host)
  if (authMethods.includes('CRAM-MD5') && secret !== undefined) {
    const challenge = await say('AUTH CRAM-MD5', 334)
    const digest = createHmac('md5', secret).update(Buffer.from(challenge, 'base64')).digest('hex')
    await say(base64(`${username} ${digest}`), 235)
  } else if (authMethods.includes('PLAIN') && password !== undefined && isPrivate) {
    await say(`AUTH PLAIN ${base64(`${identity}\0${username}\0${password}`)}`, 235)
  } else if (authMethods.includes('LOGIN') && password !== undefined) {
    await say('AUTH LOGIN', 334)
    await say(base64(username), 334)
    await say(base64(password), 235)
  } else {
    throw new SendFault(
      `no way to log in: the server offers ${authMethods.join(', ') || 'methods that are not known'}, there is ${secretsOf(login)}`,
      { failure: 'authError' },
    )
  }
}

function secretsOf({ password, secret }: SmtpLogin): string {
  const there = [
    ...(password === undefined ? [] : ['a password for LOGIN, and for PLAIN over TLS']),
    ...(secret === undefined ? [] : ['a secret for CRAM-MD5']),
  ]
  return there.join(' and ') || 'no password'
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

interface Refusal {
  readonly message: string
  readonly response?: string | undefined
  readonly responseCode?: number | undefined
  readonly recipient?: unknown
}

function toDelivery(sent: {
  readonly response: string
  readonly accepted: readonly string[]
  readonly rejected: readonly string[]
  readonly rejectedErrors?: readonly Refusal[] | undefined
}): Delivery {
  const { response, accepted, rejected, rejectedErrors = [] } = sent
  const refused = rejected.map((address, i) => {
    const error = rejectedErrors[i]
    return {
      address,
      reason: error?.response ?? error?.message ?? 'refused',
      isFinal: (error?.responseCode ?? 0) >= 500,
    }
  })
  return { response, accepted, refused }
}

function faultOf(thrown: unknown, signal: AbortSignal): SendFault {
  if (thrown instanceof SendFault) return thrown
  const reason = thrown instanceof Error ? thrown.message : String(thrown)
  if (signal.aborted) {
    return new SendFault('no answer in time', { retry: true, failure: 'contextDeadlineExceeded' })
  }
  const code = numberOf(thrown, 'responseCode')
  const isFinal = code !== undefined && code >= 500
  return new SendFault(reason, { retry: !isFinal, failure: failureOf(thrown, code) })
}

function failureOf(thrown: unknown, code: number | undefined): SendFailure {
  if (typeof thrown === 'object' && thrown !== null && Reflect.get(thrown, 'code') === 'EAUTH') {
    return 'authError'
  }
  if (code === undefined) return 'other'
  return code >= 500 ? 'clientError' : 'serverError'
}

function numberOf(thrown: unknown, field: string): number | undefined {
  const value: unknown =
    typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, field) : undefined
  return typeof value === 'number' ? value : undefined
}
