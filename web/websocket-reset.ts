/** What @libp2p/websockets closes with when a connection is aborted. */
const ABNORMAL_CLOSURE = 1006

/**
 * A page may not close a WebSocket with 1006 (only a browser may say so): the call throws, and the
 * socket of an aborted connection stays open for good. The relay-node then keeps calling this page
 * on a line that nobody listens to, and nobody can link to it. To be imported before the network.
 */
const closeProperly: (this: WebSocket, code?: number, why?: string) => void =
  WebSocket.prototype.close

WebSocket.prototype.close = function (this: WebSocket, code?: number, why?: string): void {
  if (code === undefined || code === ABNORMAL_CLOSURE) closeProperly.call(this)
  else closeProperly.call(this, code, why)
}

export {}
