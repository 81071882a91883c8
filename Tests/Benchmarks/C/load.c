// SPDX-License-Identifier: Apache-2.0

// Load generator for the benchmarks: HTTP/1.1 over kept-alive loopback connections, one thread, one epoll loop.
//
// Callbacks are distinct, signed and laid out in memory before the clock starts. Closed loop: every connection sends
// its next request when its answer is there. Open loop (--rate): request i is due at i/rate whatever the server does,
// waits in line when no connection is free, and its latency counts from the time it was due.
//
// With more than one block, each block is prepared, sent and reported by itself, so that a long fill shows whether the
// cost per callback stays the same. One JSON object a line on standard output; the last one is the total.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { maxConnections = 4096, inputSize = 64 * 1024, slotSize = 1280, maxPids = 64 };

static void die(const char *what) {
  fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

// MARK: - Options

static struct {
  int port, connections, core;
  long requests, block, first, tasks;
  double rate;
  const char *key, *path, *get, *run, *state;
  int pids[maxPids], pidCount;
  double timeout;
} options = {.port = 8080, .connections = 32, .core = -1, .requests = 100000, .key = "bench-hmac-key",
             .path = "/callbacks", .run = "0", .state = "success", .timeout = 120};

// MARK: - Histogram

// Log-linear: 64 steps for each power of two, so a value is off by 1.6 % at most.
enum { subBits = 6, histogramSize = 40 << subBits };
typedef struct {
  uint64_t counts[histogramSize], total, max;
  double sum;
} Histogram;

static int bucket_of(uint64_t value) {
  if (value < (1u << subBits)) return (int)value;
  int exponent = 63 - __builtin_clzll(value) - subBits;
  int index = ((exponent + 1) << subBits) + (int)((value >> exponent) - (1u << subBits));
  return index < histogramSize ? index : histogramSize - 1;
}

static uint64_t top_of(int index) {
  if (index < (1 << subBits)) return (uint64_t)index;
  int exponent = (index >> subBits) - 1;
  return ((uint64_t)((index & ((1 << subBits) - 1)) + (1 << subBits) + 1) << exponent) - 1;
}

static void record(Histogram *h, int64_t value) {
  uint64_t v = value < 0 ? 0 : (uint64_t)value;
  h->counts[bucket_of(v)]++;
  h->total++;
  h->sum += (double)v;
  if (v > h->max) h->max = v;
}

static double quantile_ms(const Histogram *h, double q) {
  uint64_t rank = (uint64_t)(q * (double)h->total + 0.5), seen = 0;
  if (rank < 1) rank = 1;
  for (int i = 0; i < histogramSize; i++) {
    seen += h->counts[i];
    if (seen >= rank && h->total > 0) {
      uint64_t top = top_of(i);
      return (double)(top < h->max ? top : h->max) / 1e6;
    }
  }
  return 0;
}

static void merge(Histogram *into, const Histogram *from) {
  for (int i = 0; i < histogramSize; i++) into->counts[i] += from->counts[i];
  into->total += from->total;
  into->sum += from->sum;
  if (from->max > into->max) into->max = from->max;
}

// MARK: - Requests

static char *slots;
static uint16_t *lengths;

static void hex_id(char out[33], long index) {
  // Ids look random, as the provider's do, and can be found again: an odd multiplier permutes 64 bits.
  uint64_t run = strtoull(options.run, NULL, 10);
  uint64_t low = ((uint64_t)index + 1) * 0x9E3779B97F4A7C15u, high = (low ^ run) * 0xD6E8FEB86659FD93u;
  snprintf(out, 33, "%016llx%016llx", (unsigned long long)high, (unsigned long long)low);
}

static int sign(char *out, const char *message, size_t count) {
  unsigned char code[32];
  unsigned int size = 32;
  HMAC(EVP_sha256(), options.key, (int)strlen(options.key), (const unsigned char *)message, count, code, &size);
  return EVP_EncodeBlock((unsigned char *)out, code, 32);
}

static int make_callback(char *slot, long index, long seconds) {
  char id[33], body[1024], message[64], signature[64];
  hex_id(id, options.tasks > 0 ? index % options.tasks : index);
  int bodyCount = snprintf(
      body, sizeof body,
      "{\"code\":200,\"msg\":\"Playground task completed successfully.\",\"data\":{\"taskId\":\"%s\","
      "\"model\":\"sora-2-image-to-video\",\"state\":\"%s\",\"param\":\"{\\\"model\\\":\\\"sora-2-image-to-video\\\","
      "\\\"input\\\":{\\\"prompt\\\":\\\"A lighthouse keeper walks along the pier while the first snow of the year "
      "falls\\\",\\\"aspect_ratio\\\":\\\"landscape\\\",\\\"n_frames\\\":\\\"10\\\",\\\"remove_watermark\\\":true}}\","
      "\"resultJson\":\"{\\\"resultUrls\\\":[\\\"https://tempfile.example.com/f/%s/0.mp4\\\"],"
      "\\\"resultWaterMarkUrls\\\":[\\\"https://tempfile.example.com/f/%s/w0.mp4\\\"]}\","
      "\"failCode\":null,\"failMsg\":null,\"costTime\":%ld,\"completeTime\":%ld%03ld,\"createTime\":%ld%03ld,"
      "\"consumeCredits\":30}}",
      id, options.state, id, id, 90 + index % 100, seconds, index % 1000, seconds - 100, index % 1000);
  int count = snprintf(message, sizeof message, "%s.%ld", id, seconds);
  sign(signature, message, (size_t)count);
  return snprintf(
      slot, slotSize,
      "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: load/1\r\nContent-Type: application/json\r\n"
      "X-Webhook-Timestamp: %ld\r\nX-Webhook-Signature: %s\r\nContent-Length: %d\r\n\r\n%s",
      options.path, options.port, seconds, signature, bodyCount, body);
}

static int make_get(char *slot, const char *path) {
  return snprintf(slot, slotSize, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: load/1\r\n\r\n", path,
                  options.port);
}

static void prepare(long first, long count) {
  long seconds = (long)time(NULL);
  for (long i = 0; i < count; i++) {
    char *slot = slots + i * slotSize, path[256], id[33];
    int length;
    if (options.get) {
      // An asterisk in the path stands for the provider's id of one task after the other.
      const char *mark = strchr(options.get, '*');
      if (mark) {
        hex_id(id, options.tasks > 0 ? (first + i) % options.tasks : first + i);
        snprintf(path, sizeof path, "%.*s%s%s", (int)(mark - options.get), options.get, id, mark + 1);
      } else {
        snprintf(path, sizeof path, "%s", options.get);
      }
      length = make_get(slot, path);
    } else {
      length = make_callback(slot, first + i, seconds);
    }
    if (length >= slotSize) {
      fprintf(stderr, "load: a request does not fit\n");
      exit(1);
    }
    lengths[i] = (uint16_t)length;
  }
}

// MARK: - Connections

typedef struct {
  int fd, sent, filled;
  long request;  // Index in the block, or -1.
  int64_t since;
  char *input;
} Connection;

static Connection connections[maxConnections];
static int poller;
static long answered, bad, reconnects, next, blockCount;
static int firstBadStatus;
static uint64_t bytesIn;
static int idle[maxConnections], idleCount;

static void connect_one(Connection *c) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options.port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (c->fd < 0) die("socket");
  int tries = 0;
  while (connect(c->fd, (struct sockaddr *)&address, sizeof address) != 0) {
    if (++tries > 100) die("connect");
    usleep(20000);
  }
  int one = 1;
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  fcntl(c->fd, F_SETFL, O_NONBLOCK);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
  if (epoll_ctl(poller, EPOLL_CTL_ADD, c->fd, &event) != 0) die("epoll_ctl");
  c->filled = 0;
  c->sent = 0;
  c->request = -1;
}

static void want(Connection *c, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = c};
  epoll_ctl(poller, EPOLL_CTL_MOD, c->fd, &event);
}

static void push(Connection *c) {
  int length = lengths[c->request];
  while (c->sent < length) {
    ssize_t n = send(c->fd, slots + c->request * slotSize + c->sent, (size_t)(length - c->sent), MSG_NOSIGNAL);
    if (n < 0 && errno == EAGAIN) {
      want(c, EPOLLIN | EPOLLOUT);
      return;
    }
    if (n < 0 && errno == EINTR) continue;
    // The read side sees the lost connection and counts it.
    if (n < 0) return;
    c->sent += (int)n;
  }
}

static void begin(Connection *c, long request, int64_t since) {
  c->request = request;
  c->since = since;
  c->sent = 0;
  c->filled = 0;
  push(c);
}

static void lost(Connection *c) {
  close(c->fd);
  reconnects++;
  long request = c->request;
  int64_t since = c->since;
  connect_one(c);
  if (reconnects > 100000) die("the server closes every connection");
  if (request >= 0) begin(c, request, since);
}

static long content_length(const char *head, const char *end) {
  for (const char *line = head; line < end;) {
    const char *feed = memchr(line, '\n', (size_t)(end - line));
    if (!feed) break;
    if ((line[0] | 32) == 'c' && feed - line > 15 && strncasecmp(line, "content-length:", 15) == 0)
      return strtol(line + 15, NULL, 10);
    line = feed + 1;
  }
  return -1;
}

// Whether the answer is complete; then *status is set.
static bool complete(Connection *c, int *status) {
  if (c->filled < 16) return false;
  char *end = memmem(c->input, (size_t)c->filled, "\r\n\r\n", 4);
  if (!end) return false;
  long body = content_length(c->input, end + 2);
  if (body < 0) {
    fprintf(stderr, "load: an answer without Content-Length\n");
    exit(1);
  }
  if (end + 4 - c->input + body > c->filled) return false;
  *status = atoi(c->input + 9);
  return true;
}

// MARK: - Measured processes

typedef struct {
  double own, children;
} Cpu;

static Cpu cpu_of(int pid) {
  Cpu cpu = {0, 0};
  clockid_t clock;
  struct timespec t;
  if (clock_getcpuclockid(pid, &clock) == 0 && clock_gettime(clock, &t) == 0)
    cpu.own = (double)t.tv_sec + (double)t.tv_nsec / 1e9;
  char path[64], text[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  FILE *file = fopen(path, "r");
  if (!file) return cpu;
  size_t n = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[n] = 0;
  unsigned long user, system;
  long childUser, childSystem;
  char *rest = strrchr(text, ')');
  if (rest && sscanf(rest + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %ld %ld", &user, &system,
                     &childUser, &childSystem) == 4)
    cpu.children = (double)(childUser + childSystem) / (double)sysconf(_SC_CLK_TCK);
  return cpu;
}

static double cpu_total(void) {
  double total = 0;
  for (int i = 0; i < options.pidCount; i++) {
    Cpu cpu = cpu_of(options.pids[i]);
    total += cpu.own + cpu.children;
  }
  return total;
}

// What the whole machine spent, in seconds of all cores together.
typedef struct {
  double server, client, busy, stolen;
} Usage;

static Usage usage(void) {
  Usage usage = {.server = cpu_total()};
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  usage.client = (double)t.tv_sec + (double)t.tv_nsec / 1e9;
  FILE *file = fopen("/proc/stat", "r");
  unsigned long long user, nice, system, irq, softirq, steal;
  if (!file) return usage;
  if (fscanf(file, "cpu %llu %llu %llu %*u %*u %llu %llu %llu", &user, &nice, &system, &irq, &softirq, &steal) == 6) {
    double tick = (double)sysconf(_SC_CLK_TCK);
    usage.busy = (double)(user + nice + system + irq + softirq) / tick;
    usage.stolen = (double)steal / tick;
  }
  fclose(file);
  return usage;
}

static void add(Usage *sum, Usage before, Usage after) {
  sum->server += after.server - before.server;
  sum->client += after.client - before.client;
  sum->busy += after.busy - before.busy;
  sum->stolen += after.stolen - before.stolen;
}

// MARK: - Running a block

static Histogram *histogram;

static void finish(Connection *c, int status, int64_t now) {
  record(histogram, now - c->since);
  bytesIn += (uint64_t)c->filled;
  if (status != 200) {
    bad++;
    if (firstBadStatus == 0) firstBadStatus = status;
  }
  answered++;
  c->request = -1;
}

static void read_answer(Connection *c) {
  ssize_t n = recv(c->fd, c->input + c->filled, (size_t)(inputSize - c->filled), 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0) {
    if (c->request < 0) die("the server closed an idle connection");
    lost(c);
    return;
  }
  c->filled += (int)n;
  int status;
  if (c->request < 0 || !complete(c, &status)) return;
  finish(c, status, now_ns());
  if (options.rate > 0) {
    idle[idleCount++] = (int)(c - connections);
  } else if (next < blockCount) {
    begin(c, next, now_ns());
    next++;
  }
}

static void run_block(void) {
  struct epoll_event events[512];
  int64_t start = now_ns(), deadline = start + (int64_t)(options.timeout * 1e9);
  double period = options.rate > 0 ? 1e9 / options.rate : 0;
  answered = 0;
  next = 0;
  idleCount = 0;
  if (options.rate > 0) {
    for (int i = options.connections - 1; i >= 0; i--) idle[idleCount++] = i;
  } else {
    for (int i = 0; i < options.connections && next < blockCount; i++, next++) begin(&connections[i], next, now_ns());
  }
  while (answered < blockCount) {
    if (options.rate > 0) {
      int64_t now = now_ns();
      while (next < blockCount && idleCount > 0 && start + (int64_t)((double)next * period) <= now) {
        begin(&connections[idle[--idleCount]], next, start + (int64_t)((double)next * period));
        next++;
      }
    }
    // In open loop the generator has its core to itself and does not sleep, so that it is never late itself.
    int count = epoll_wait(poller, events, 512, options.rate > 0 ? 0 : 1000);
    if (count < 0 && errno != EINTR) die("epoll_wait");
    for (int i = 0; i < count; i++) {
      Connection *c = events[i].data.ptr;
      if (events[i].events & EPOLLOUT) {
        want(c, EPOLLIN);
        if (c->request >= 0) push(c);
      }
      if (events[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP)) read_answer(c);
    }
    if (count == 0 && now_ns() > deadline) {
      fprintf(stderr, "load: gave up after %g s with %ld of %ld answers\n", options.timeout, answered, blockCount);
      exit(1);
    }
  }
}

static void report(const char *name, const Histogram *h, long count, double seconds, Usage used, long badCount) {
  printf("{\"%s\":%ld,\"seconds\":%.4f,\"rate\":%.1f,\"cpuPer100k\":%.4f,\"cpu\":%.4f,\"clientCpu\":%.4f,"
         "\"otherCpu\":%.2f,\"stolen\":%.2f,\"meanMs\":%.4f,\"p50Ms\":%.4f,\"p99Ms\":%.4f,\"p999Ms\":%.4f,"
         "\"maxMs\":%.4f,\"bad\":%ld,\"badStatus\":%d,\"reconnects\":%ld,\"connections\":%d,\"openRate\":%.0f,"
         "\"bytesIn\":%llu}\n",
         name, count, seconds, (double)count / seconds, used.server / (double)count * 1e5, used.server, used.client,
         used.busy - used.server - used.client, used.stolen, h->total ? h->sum / (double)h->total / 1e6 : 0,
         quantile_ms(h, 0.5), quantile_ms(h, 0.99), quantile_ms(h, 0.999), (double)h->max / 1e6, badCount,
         firstBadStatus, reconnects, options.connections, options.rate, (unsigned long long)bytesIn);
  fflush(stdout);
}

static void read_options(int argc, char **argv) {
  static const struct option names[] = {
      {"port", 1, 0, 'p'},  {"connections", 1, 0, 'c'}, {"requests", 1, 0, 'n'}, {"block", 1, 0, 'b'},
      {"first", 1, 0, 'f'}, {"tasks", 1, 0, 't'},       {"rate", 1, 0, 'r'},     {"key", 1, 0, 'k'},
      {"path", 1, 0, 'u'},  {"get", 1, 0, 'g'},         {"core", 1, 0, 'x'},     {"run", 1, 0, 's'},
      {"pid", 1, 0, 'P'},   {"timeout", 1, 0, 'T'},     {"state", 1, 0, 'w'},    {0, 0, 0, 0}};
  int option;
  while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) switch (option) {
      case 'p': options.port = atoi(optarg); break;
      case 'c': options.connections = atoi(optarg); break;
      case 'n': options.requests = atol(optarg); break;
      case 'b': options.block = atol(optarg); break;
      case 'f': options.first = atol(optarg); break;
      case 't': options.tasks = atol(optarg); break;
      case 'r': options.rate = atof(optarg); break;
      case 'k': options.key = optarg; break;
      case 'u': options.path = optarg; break;
      case 'g': options.get = optarg; break;
      case 'x': options.core = atoi(optarg); break;
      case 's': options.run = optarg; break;
      case 'w': options.state = optarg; break;
      case 'T': options.timeout = atof(optarg); break;
      case 'P':
        if (options.pidCount < maxPids) options.pids[options.pidCount++] = atoi(optarg);
        break;
      default:
        fprintf(stderr, "usage: load --port N [--connections N] [--requests N] [--block N] [--rate N] [--get PATH] "
                        "[--tasks N] [--first N] [--state WORD] [--run SEED] [--key KEY] [--path PATH] [--core N] [--pid N]...\n");
        exit(2);
    }
  if (options.connections < 1 || options.connections > maxConnections || options.requests < 1) exit(2);
  if (options.block <= 0 || options.block > options.requests) options.block = options.requests;
}

int main(int argc, char **argv) {
  read_options(argc, argv);
  if (options.core >= 0) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(options.core, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0) die("sched_setaffinity");
  }
  slots = mmap(NULL, (size_t)options.block * slotSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  lengths = calloc((size_t)options.block, sizeof *lengths);
  histogram = calloc(1, sizeof *histogram);
  Histogram *all = calloc(1, sizeof *all);
  if (slots == MAP_FAILED || !lengths || !histogram || !all) die("memory");
  poller = epoll_create1(EPOLL_CLOEXEC);
  for (int i = 0; i < options.connections; i++) {
    connections[i].input = malloc(inputSize);
    connect_one(&connections[i]);
  }
  double seconds = 0;
  Usage total = {0};
  long badBefore = 0;
  for (long done = 0; done < options.requests; done += blockCount) {
    blockCount = options.requests - done < options.block ? options.requests - done : options.block;
    prepare(options.first + done, blockCount);
    memset(histogram, 0, sizeof *histogram);
    Usage before = usage(), used = {0};
    int64_t start = now_ns();
    run_block();
    double blockSeconds = (double)(now_ns() - start) / 1e9;
    add(&used, before, usage());
    add(&total, (Usage){0}, used);
    merge(all, histogram);
    seconds += blockSeconds;
    if (options.block < options.requests)
      report("block", histogram, blockCount, blockSeconds, used, bad - badBefore);
    badBefore = bad;
  }
  report("requests", all, options.requests, seconds, total, bad);
  return bad == 0 ? 0 : 3;
}
