declare module 'aws4' {
  /** What is signed: with its body, and the headers that are to be part of the signature. */
  export interface SignedRequest {
    readonly host: string
    readonly path: string
    readonly method: string
    readonly service: string
    readonly region: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
  }
  export interface Credentials {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken?: string
  }
  /** Returns the request with the headers of Signature Version 4. */
  export function sign(request: SignedRequest, credentials: Credentials): SignedRequest
}
