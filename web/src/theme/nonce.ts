/** The nonce of this page, which the Content-Security-Policy wants of every style element that a script makes. */
export function pageNonce(): string {
  const element = document.querySelector<HTMLElement>('meta[property="csp-nonce"]')
  return element?.nonce ?? ''
}

/** Libraries below the component kit look for it under webpack's name. */
export function publishNonce(): void {
  Object.assign(globalThis, { __webpack_nonce__: pageNonce() })
}
