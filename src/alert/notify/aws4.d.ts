declare module 'aws4' {
  /** What is signed: with its body, and the headers that are to be part of the signature. */
  export interface SignedRequest {
    readonly host: string
    readonly path: string
    readonly method: string
    readonly service: string
    readonly region: string
    readonly headers: Readonly<Record<string, string>>
    readonly body?: string
  }
  export interface Credentials {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken?: string
  }
  /** A CommonJS module: what it exports is its default to others. */
  const aws4: {
    /** Returns the request with the headers of Signature Version 4. */
    sign<R extends SignedRequest>(
      request: R,
      credentials: Credentials,
    ): R & Pick<SignedRequest, 'headers'>
  }
  export default aws4
}
