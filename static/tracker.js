// Clickstream's tracker: docs/shop-developers.md
(() => {
  const script = document.currentScript;
  const { key, ...always } = script.dataset;
  const early = (window.clickstream || {}).q || [];
  const random = () => crypto.getRandomValues(new Uint32Array(4)).join("-");
  const isTouched = matchMedia("(pointer: coarse)").matches;
  const device = !isTouched ? "desktop" : Math.min(screen.width, screen.height) < 600 ? "mobile" : "tablet";
  const kept = { id: random(), events: [] };
  let from = document.referrer;
  let failures = 0;
  let user_id, held, seen, timer, sending, leaving, unstorable, problem, stopped;

  const tell = (...words) => console.info("clickstream:", ...words);
  const status = () => (stopped ? "not sending: " + stopped : problem ? "will try again: " + problem : "sending");
  const address = () => new URL(`api/events?key=${key}&sent=${Date.now()}`, script.src);

  // Kept until the server has answered; it counts each event_id once.
  function keep(change) {
    try {
      if (!unstorable) Object.assign(kept, JSON.parse(localStorage.clickstream));
    } catch {} // first visit
    kept.events = change(kept.events).slice(-200);
    try {
      localStorage.clickstream = JSON.stringify(kept);
    } catch {
      unstorable = true;
    }
  }

  function track(event_type, properties) {
    const event_id = random();
    const event = { event_id, event_type, timestamp: Date.now(), client_id: kept.id, user_id, page: location.pathname };
    keep((events) => [...events, { ...event, properties: { device, ...always, ...properties } }]);
    later();
    return event_id;
  }

  function view(properties) {
    const utm = [...new URLSearchParams(location.search)].filter(([name]) => /^utm_/.test(name));
    const url = location.origin + location.pathname;
    const referrer = from.split(/[?#]/)[0];
    held = track("pageview", { url, referrer, title: document.title, ...Object.fromEntries(utm), ...properties });
    seen = location.pathname + location.search;
    from = location.href;
  }

  function moved(replaced) {
    if (replaced ? seen.split("?")[0] != location.pathname : seen != location.pathname + location.search) view();
  }

  function clickstream(event_type, properties) {
    if (stopped) return;
    if (event_type == "identify") user_id = properties || undefined;
    else if (event_type == "pageview") view(properties);
    else if (event_type == "product_view" && held) {
      // A page is viewed once: its page view becomes the product's.
      const change = (event) => ({ ...event, event_type, user_id, properties: { ...event.properties, ...properties } });
      keep((events) => events.map((event) => (event.event_id == held ? change(event) : event)));
      held = 0;
    } else track(event_type, properties);
  }

  function later() {
    timer = timer || setTimeout(send, Math.min(60000, 1000 * 2 ** failures));
  }

  async function send() {
    timer = clearTimeout(timer);
    keep((events) => events);
    const batch = kept.events.slice(0, 25);
    if (sending || stopped || !batch[0]) return;
    sending = true;
    held = 0;
    try {
      const response = await fetch(address(), { method: "POST", body: JSON.stringify(batch), keepalive: leaving });
      const answer = await response.json();
      if (/40[13]/.test(response.status)) return stop(answer.error);
      if (!/202|400|413/.test(response.status)) throw answer.error;
      for (const { code, fields } of answer.rejected || [answer]) tell("refused", code, fields);
      keep((events) => events.filter(({ event_id }) => !batch.some((sent) => sent.event_id == event_id)));
      problem = failures = 0;
    } catch (error) {
      if (!problem) tell((problem = `${error}`));
      failures++;
    }
    sending = false;
    if (kept.events[0]) later();
  }

  function leave() {
    if (leaving || stopped || !kept.events[0]) return;
    leaving = true;
    held = 0;
    if (!navigator.sendBeacon || !navigator.sendBeacon(address(), JSON.stringify(kept.events))) send();
  }

  function wake() {
    leaving = false;
    send();
  }

  function stop(reason) {
    stopped = reason;
    tell(status());
  }

  function start() {
    keep((events) => events);
    view();
    early.forEach((call) => clickstream(...call));
    for (const name of ["pushState", "replaceState"]) {
      const original = history[name];
      history[name] = function (...state) {
        original.apply(this, state);
        moved(name[0] == "r");
      };
    }
    addEventListener("popstate", () => moved());
    addEventListener("pageshow", ({ persisted }) => persisted && view());
    addEventListener("online", wake);
    addEventListener("pagehide", leave);
    document.addEventListener("visibilitychange", () => (document.hidden ? leave() : wake()));
  }

  clickstream.identify = (id) => clickstream("identify", id);
  clickstream.status = status;
  window.clickstream = clickstream;
  if (!key) stop("the script has no data-key");
  else if (navigator.globalPrivacyControl || navigator.doNotTrack == 1) stop("this browser asks not to be tracked");
  else if (document.prerendering) document.addEventListener("prerenderingchange", start, { once: true });
  else start();
})();
