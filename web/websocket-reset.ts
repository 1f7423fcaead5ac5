/** What @libp2p/websockets closes with when a connection is aborted. */
const ABNORMAL_CLOSURE = 1006

/**
 * A page may not close a WebSocket with 1006 (only a browser may say so): the call throws, and the
 * socket of an aborted connection stays open for good. The relay-node then keeps calling this page
 * on a line that nobody listens to, and nobody can link to it. To be imported before the network.
 */
globalThis.WebSocket = class extends WebSocket {
  override close(code?: number, why?: string): void {
    if (code === undefined || code === ABNORMAL_CLOSURE) super.close()
    else super.close(code, why)
  }
}

export {}
