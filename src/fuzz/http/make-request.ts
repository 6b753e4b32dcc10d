import { gatewayRules } from "../../e2e/authorisation/gateway-rules";
import { objectRules } from "../../e2e/authorisation/object-rules";
import { Dice } from "../dice";
import { mutateBytes } from "../models/mutate-bytes";
import { oddText, oddTextBytes } from "../odd-text";
import { roles, type Target } from "../target";
import { oddJson } from "./odd-json";

/** Bytes of one request. `whole`: by its own words nothing is missing, so an answer has to come. */
export type FuzzedRequest = { bytes: Buffer; whole: boolean };

const methods = [
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "DELETE",
  "PATCH",
  "OPTIONS",
  "TRACE",
  "CONNECT",
  "PROPFIND",
  "get",
  "FOO",
  "G\0T",
  "PRI",
  "x".repeat(300),
];
const paths = ["/", "*", "//", "/..", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fpackage.json", "/%00", "/%", "/%zz", "/%c0%ae%c0%ae/", "/api", "/api/v1/orders/", "/api/v1/orders//model",
  "/docs/../../package.json", "/ops/orders/%2e%2e", "/metrics", "/.well-known/", "http://127.0.0.1/api/v1/products", "http://a:b@[::1]:99999/", "/api/v1/products?", "/?%00=%ff", "/api/v1/products;a=b", "/\ud800", "/index.html%20", "/style.css/", "/a\\b"]; // prettier-ignore

/** Headers with values that somebody parses. */
const oddHeaders: Readonly<Record<string, readonly string[]>> = {
  "content-type": ["", "application/json; charset=utf-16", "application/json;", "text/plain", "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=a", "application/x-www-form-urlencoded", "application/octet-stream", "application/grpc", "a/b/c", "*/*", "application/problem+json"],
  "content-encoding": ["gzip", "br", "identity", "deflate, gzip", "zstd"],
  "accept-encoding": ["gzip;q=0", "*", "br;q=abc", "identity;q=0,*;q=0"],
  accept: ["text/event-stream", "*/*;q=0", "application/xml", ";", ",,,,"],
  "if-none-match": ["*", '""', 'W/"1"', '"a", "b"', '"', "W/", '"\\"', '"1"'.repeat(500)],
  "if-match": ["*", '"0"', '"-1"', '"99999999999999999999"', '"1e3"', 'W/"1"', "1", '"1" , "2"', '"', '"NaN"'],
  "if-modified-since": ["yesterday", "Thu, 01 Jan 1970 00:00:00 GMT", "0"],
  range: ["bytes=0-", "bytes=-1", "bytes=5-1", "bytes=0-0,1-1,2-2", "bytes=a-b", "lines=1-2", "bytes=99999999999999999999-", `bytes=${"0-0,".repeat(500)}0-0`],
  "if-range": ['"a"', "0"],
  expect: ["100-continue", "200-ok", ""],
  "transfer-encoding": ["chunked", "gzip, chunked", "identity", "chunked, chunked", " chunked", "xchunked"],
  "content-length": ["0", "-1", "+1", "1e1", "99999999999999999999", "5, 5", " 7", "200000001"],
  connection: ["close, upgrade", "keep-alive", "content-length", "\t"],
  upgrade: ["websocket", "h2c", "TLS/1.0"],
  host: ["", "a:b", "[::1", "evil.example", "a".repeat(5_000)],
  traceparent: ["00-0-0-00", `00-${"0".repeat(32)}-${"0".repeat(16)}-01`, `ff-${"a".repeat(32)}-${"b".repeat(16)}-01`, "a".repeat(2_000)],
  tracestate: ["a=b,".repeat(400), "=", ","],
  baggage: ["a=b;c", "%", "=".repeat(3_000)],
  "x-request-id": ["", "\x7f", "a".repeat(4_000), "../x"],
  "x-api-key": ["", "a", "alx_partner_nobody_0000000000", "a".repeat(4_000), "\xff\xfe"],
  "x-service-key": ["", "a"],
  authorization: ["", "Bearer", "Bearer ", "Bearer a.b.c", "Basic YTpi", "bearer  x", "Bearer e30.e30.", "Digest"],
  "last-event-id": ["", "-1", "99999999999999999999", "a", "1e3"],
  cookie: ["a=b; ".repeat(300), "=;=;"],
  "x-forwarded-for": ["a", "::1, ".repeat(200), "999.999.999.999"],
  forwarded: ["for=\"", "by=a;for=b"],
  "grpc-timeout": ["1n", "999999999H"],
  "x-http-method-override": ["DELETE"],
}; // prettier-ignore

const routes = Object.entries(gatewayRules);

/** Case `n` of a seed. */
export function makeRequest(
  target: Pick<Target, "callers" | "orderIds">,
  seed: number,
  n: number,
): FuzzedRequest {
  const dice = Dice.of("http", seed, n);
  const [name, rule] = routes[n % routes.length]!;
  const [routeMethod = "GET", routePath = "/"] = name.split(" ");
  const orderId = dice.oneIn(5) ? encode(dice) : dice.pick(target.orderIds);
  const method = dice.oneIn(12) ? dice.pick(methods) : routeMethod;
  let path = routePath
    .replace("*", "")
    .replace(":orderId", orderId)
    .replace(":traceId", dice.oneIn(2) ? orderId : "0".repeat(32));
  if (dice.oneIn(10)) path = dice.pick(paths);
  else path += query(rule === "pages" ? {} : (rule.query ?? {}), dice);
  if (dice.oneIn(60)) path += "a".repeat(dice.between(1_000, 40_000));

  const caller = dice.oneIn(4)
    ? dice.pick(roles)
    : routePath.includes("/seller/")
      ? "seller"
      : /operator|ops/.test(routePath)
        ? "operator"
        : "customer";
  const headers: [string, string][] = [
    ["host", "localhost"],
    ["connection", "close"],
    ...Object.entries(target.callers[caller]),
  ];
  const body = method === "GET" || method === "HEAD" ? Buffer.alloc(0) : bodyOf(rule, orderId, headers, dice);
  if (body.length > 0 || dice.oneIn(2)) headers.push(["content-length", String(body.length)]);
  let whole = true;
  for (let left = dice.oneIn(3) ? 0 : 1 + dice.size(3); left > 0; left--) {
    const [header, values] = dice.pick(Object.entries(oddHeaders));
    // Whoever lies about the length of a body may be waited for.
    if (["content-length", "transfer-encoding", "expect", "upgrade", "connection"].includes(header))
      whole = false;
    const known = headers.find(([each]) => each === header);
    const value = dice.oneIn(6) ? headerText(dice) : dice.pick(values);
    if (known && dice.oneIn(2)) known[1] = value;
    else headers.push([header, value]);
  }
  if (dice.oneIn(60)) headers.push(["x-long", "a".repeat(dice.between(2_000, 60_000))]);
  if (dice.oneIn(60))
    for (let times = dice.between(50, 3_000); times > 0; times--) headers.push([`x-${times}`, "a"]);
  const version = dice.oneIn(40)
    ? dice.pick(["HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/9.9", "HTTPS/1.1", ""])
    : "HTTP/1.1";
  const head = `${method} ${path} ${version}\r\n${headers.map(([header, value]) => `${header}: ${value}\r\n`).join("")}\r\n`;
  const bytes = Buffer.concat([Buffer.from(head, dice.oneIn(2) ? "latin1" : "utf8"), body]);
  if (dice.oneIn(20)) return { bytes: mutateBytes(bytes, dice), whole: false };
  return { bytes, whole: whole && version === "HTTP/1.1" && method !== "CONNECT" };
}

function query(fields: Readonly<Record<string, string>>, dice: Dice): string {
  const pairs = Object.entries(fields).map(
    ([name, value]) => `${name}=${dice.oneIn(3) ? encode(dice) : value}`,
  );
  const more = [
    "pageToken",
    "pageSize",
    "statuses",
    "updatedSince",
    "query",
    "skus",
    "format",
    "unit",
    "fileName",
    "expectedVersion",
    "commandId",
    "afterVersion",
    "material",
    "mine",
    "since",
    "minutes",
  ];
  while (dice.oneIn(3)) pairs.push(`${dice.oneIn(6) ? encode(dice) : dice.pick(more)}=${encode(dice)}`);
  return pairs.length === 0 ? "" : `?${pairs.join(dice.oneIn(20) ? ";" : "&")}`;
}

/** Bytes as a part of a URL, some of them not escaped. */
function encode(dice: Dice): string {
  const bytes = oddTextBytes(dice).subarray(0, 3_000);
  if (dice.oneIn(10)) return bytes.toString("latin1").replaceAll(/[\s]/g, "+");
  return [...bytes]
    .map((byte) =>
      /\w/.test(String.fromCharCode(byte))
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).padStart(2, "0")}`,
    )
    .join("");
}

function headerText(dice: Dice): string {
  return oddText(dice)
    .replaceAll(/[\r\n]/g, " ")
    .slice(0, 4_000);
}

function bodyOf(
  rule: (typeof gatewayRules)[string],
  orderId: string,
  headers: [string, string][],
  dice: Dice,
): Buffer {
  if (rule === "pages") return dice.bytes(dice.size(500));
  if (rule.body !== undefined) {
    headers.push(["content-type", "application/octet-stream"]);
    return dice.oneIn(2) ? Buffer.from(rule.body) : dice.bytes(dice.size(3_000));
  }
  headers.push(["content-type", "application/json"]);
  const request = objectRules[rule.rpc]!.request(orderId);
  return oddJson(Array.isArray(request) ? (request[0] as object) : request, dice);
}
