import { simpleParser, type ParsedMail } from 'mailparser'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { listen } from '../../outbound/testing/fake-receiver.ts'

/** A mail as it came. */
export interface SeenMail {
  readonly from: string
  readonly to: readonly string[]
  readonly raw: string
  readonly mail: ParsedMail
  /** Whether it came over TLS. */
  readonly isSecure: boolean
  /** How the client called itself. */
  readonly hello: string
  /** Who logged in, and how; undefined where nobody did. */
  readonly login: string | undefined
}

/** How a mailbox may differ from one that takes everything. */
export interface MailboxOptions {
  /** Default: no STARTTLS. */
  readonly tls?: { readonly cert: string; readonly key: string }
  readonly isImplicitTls?: boolean
  /** Methods of logging in that are offered, in this order; default: none. */
  readonly authMethods?: readonly string[]
  /** Of everybody. */
  readonly password?: string
  /** What is answered to a recipient: undefined takes it. */
  readonly refuse?: (
    address: string,
  ) => { readonly code: number; readonly text: string } | undefined
  /** What is answered to the mail. */
  readonly refuseMail?: () => { readonly code: number; readonly text: string } | undefined
}

/** A mail server that remembers what it got. */
export class FakeMailbox {
  readonly seen: SeenMail[]
  readonly port: number
  readonly #server: SMTPServer

  private constructor(server: SMTPServer, port: number, seen: SeenMail[]) {
    this.#server = server
    this.port = port
    this.seen = seen
  }

  static async start(options: MailboxOptions = {}): Promise<FakeMailbox> {
    const seen: SeenMail[] = []
    const server = new SMTPServer(serverOptions(options, seen))
    server.on('error', () => undefined)
    return new FakeMailbox(server, await listen(server.server), seen)
  }

  /** The only mail so far. */
  get only(): SeenMail {
    const [first, ...more] = this.seen
    if (first === undefined || more.length > 0) throw new Error(`${this.seen.length} mails came`)
    return first
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
      for (const connection of this.#server.connections) connection.close()
    })
  }
}

function serverOptions(options: MailboxOptions, seen: SeenMail[]): SMTPServerOptions {
  const { tls, isImplicitTls = false, authMethods = [], password } = options
  const disabled = [
    ...(tls === undefined ? ['STARTTLS'] : []),
    ...(authMethods.length === 0 ? ['AUTH'] : []),
  ]
  return {
    ...tls,
    secure: isImplicitTls,
    disabledCommands: disabled,
    authMethods: [...authMethods],
    authOptional: true,
    allowInsecureAuth: true,
    closeTimeout: 100,
    logger: false,
    onAuth: (auth, _session, callback) => {
      const isRight =
        auth.method === 'CRAM-MD5'
          ? auth.validatePassword?.(password ?? '')
          : auth.password === password
      if (isRight) callback(null, { user: `${auth.method} ${auth.username}` })
      else callback(new Error('wrong password'))
    },
    onRcptTo: ({ address }, _session, callback) => callback(errorOf(options.refuse?.(address))),
    onData: (stream, session, callback) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const refused = errorOf(options.refuseMail?.())
        if (refused) return callback(refused)
        const raw = Buffer.concat(chunks)
        simpleParser(raw, (error, mail) => {
          if (error !== null) return callback(error)
          const { mailFrom, rcptTo } = session.envelope
          seen.push({
            from: mailFrom === false ? '' : (mailFrom?.address ?? ''),
            to: rcptTo.map(({ address }) => address),
            raw: raw.toString('utf8'),
            mail,
            isSecure: session.secure,
            hello: session.hostNameAppearsAs,
            login: typeof session.user === 'string' ? session.user : undefined,
          })
          callback(null, 'queued as 1')
        })
      })
    },
  }
}

function errorOf(refused: { code: number; text: string } | undefined): Error | null {
  return refused === undefined
    ? null
    : Object.assign(new Error(refused.text), { responseCode: refused.code })
}
