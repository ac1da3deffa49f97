/*
 * What is wrong with a page, as the browser understood it: elements,
 * attributes and links that no template and no text of ours has, words that
 * ran, and what was asked for elsewhere. Read by hostile.py, which runs it in
 * a page of the board; no page has it.
 */
const PAGE = new Set(`html head meta title link body a header nav form input
button main footer p h1 h2 h3 div span section article ul ol li bdi time img
strong select option label textarea pre details summary`.split(/\s+/));
const WORDS = new Set(`a blockquote br code del em hr li ol p pre strong table
tbody td th thead tr ul`.split(/\s+/));
const ATTRIBUTES = new Set(`action alt autocomplete autofocus charset checked
class content datetime dir for height href id lang maxlength method name
property rel required role rows selected src tabindex title type value
width`.split(/\s+/));
const FRAME = 'a.skip header.top main footer.bottom';
const REL = 'nofollow ugc noopener';

function wordsAttribute(e, a) {
  if (e.localName == 'a') return ['href', 'rel', 'title'].includes(a.name);
  if (e.localName == 'ol') return a.name == 'start' && /^\d+$/.test(a.value);
  return /^t[dh]$/.test(e.localName) && a.name == 'class' &&
         /^(center|end)$/.test(a.value);
}

function wordsLink(e) {
  const known = /^(https?:\/\/|mailto:)/.test(e.getAttribute('href'));
  /* An address that is none leads nowhere. */
  return known && e.rel == REL && (!URL.canParse(e.href) ||
         ['http:', 'https:', 'mailto:'].includes(e.protocol));
}

function ours(value) {
  return value.startsWith('#') || /^\/(?!\/)/.test(value) ||
         value == location.origin || value.startsWith(location.origin + '/');
}

function shown(e) {
  return e.cloneNode(false).outerHTML.slice(0, 120);
}

/* The number of a request, on a page of an error. */
function isNumber(e) {
  return e.matches('p.number > code') && /^[0-9a-f]{16,32}$/.test(e.innerHTML);
}

function element(e, inWords) {
  const faults = [];
  if (!(inWords ? WORDS : PAGE).has(e.localName) && (inWords || !isNumber(e)) ||
      e.namespaceURI != 'http://www.w3.org/1999/xhtml')
    return ['element ' + shown(e)];
  for (const a of e.attributes)
    if (inWords ? !wordsAttribute(e, a) :
        !ATTRIBUTES.has(a.name) && !a.name.startsWith('aria-'))
      faults.push(`attribute ${a.name} of ${shown(e)}`);
  if (inWords && e.localName == 'a' && !wordsLink(e))
    faults.push('link ' + shown(e));
  for (const name of inWords ? [] : ['href', 'src', 'action'])
    if (e.hasAttribute(name) && !ours(e.getAttribute(name)))
      faults.push('leads away: ' + shown(e));
  if (e.localName == 'meta' && e.httpEquiv)
    faults.push('http-equiv ' + shown(e));
  return faults;
}

function frame(d) {
  const found = [...d.body.children].map(e =>
      e.localName + (e.className ? '.' + e.className : '')).join(' ');
  return found == FRAME ? [] : ['the page consists of ' + found];
}

/* Where it is too wide; what scrolls by itself may be. */
function overflow(d, width) {
  const w = d.defaultView, needed = d.scrollingElement.scrollWidth;
  if (needed <= width) return [];
  const scrolls = e => e && e != d.body && e != d.documentElement &&
      (w.getComputedStyle(e).overflowX != 'visible' ||
       scrolls(e.parentElement));
  const wide = [...d.body.querySelectorAll('*')].filter(e =>
      e.getBoundingClientRect().right > width + 1 &&
      !scrolls(e.parentElement)).slice(-2).map(e =>
      `${e.localName}.${e.className} in #${e.closest('[id]')?.id}: ` +
      e.textContent.trim().slice(0, 40));
  return [`${needed} px wide: ${wide.join('; ')}`];
}

function strays(w) {
  const asked = w.performance.getEntriesByType('resource').map(r => r.name);
  return asked.filter(name => !ours(name)).map(name => 'asked for ' + name);
}

function ran(w) {
  return w.__pwned === undefined ? [] : ['it ran'];
}

function inspect(w, width) {
  const d = w.document, ids = new Set(), faults = [];
  for (const e of d.querySelectorAll('*')) {
    faults.push(...element(e, e.parentElement?.closest('.text') != null));
    if (e.id && ids.has(e.id)) faults.push(`twice: id ${e.id}`);
    ids.add(e.id);
  }
  faults.push(...frame(d), ...overflow(d, width), ...strays(w), ...ran(w));
  return faults.slice(0, 8).map(fault => fault.toWellFormed());
}

const texts = (d, css) => [...d.querySelectorAll(css)].map(e =>
    (e.value !== undefined && e.localName != 'li' ? e.value : e.textContent)
    .slice(0, 1000).toWellFormed());

/* What a page says at each selector, cut to 1,000 units. */
function said(d, selectors) {
  return Object.fromEntries(selectors.map(css => [css, texts(d, css)]));
}

/* Shows HTML in a frame of its own, where its scripts would run. */
function show(html, width) {
  const f = document.createElement('iframe');
  f.style = `width:${width}px;height:600px;border:0`;
  return new Promise(done => {
    f.onload = () => setTimeout(() => done(f), 0);
    f.srcdoc = html;
    document.body.append(f);
  });
}

async function visit([target, body], width, selectors) {
  const answer = await fetch(target, body === null ? {} : {
    method: 'POST', body, headers: {
      'Content-Type': 'application/x-www-form-urlencoded'}});
  const f = await show(await answer.text(), width);
  return {f, status: answer.status, faults: inspect(f.contentWindow, width),
          said: said(f.contentDocument, selectors)};
}

/* What each of some addresses shows; body null: a GET. */
async function visitAll(requests, width, selectors) {
  const seen = [];
  for (let i = 0; i < requests.length; i += 8)
    seen.push(...await Promise.all(requests.slice(i, i + 8).map(
        r => visit(r, width, selectors))));
  /* What comes late has come by now. */
  await new Promise(done => setTimeout(done, 50));
  for (const each of seen) {
    each.faults.push(...ran(each.f.contentWindow),
                     ...strays(each.f.contentWindow));
    if (each.f.contentWindow.location.href != 'about:srcdoc')
      each.faults.push('it went elsewhere');
    each.f.remove();
    delete each.f;
  }
  return seen;
}
