/// What `tap --help` prints.
enum Usage {
    static let text = """
        tap: shows the messages between Martlet's services, as they pass.

        USAGE
          tap [OPTIONS] [FILTER ...]     follow the messages that fit all filters, until Ctrl-C
          tap --pair [FILTER ...]        questions with their answers, the time between, and what nobody answered
          tap top [FILTER ...]           a table of what passes how often, drawn anew every 2s
          tap trace ID [FILTER ...]      a job, request or message as a waterfall, once it is over or at Ctrl-C
          tap record FILE [FILTER ...]   write records to a new file (- is standard output)
          tap show FILE [FILTER ...]     what was recorded (- is standard input); also with --pair and --trace ID
          tap replay FILE [FILTER ...]   publish a recording to a hub that was started for it
          tap hub [replay]               run the hub that services publish to and taps follow, or one for replays

        FILTERS  (judged by headers alone)
          kind=job.*,audit.append        the kind; * is any text, ? any character, a comma means "or"
          source=image-worker            the sender's service, or with a slash service/instance: image-worker/w2
          link=jobs   direction=in       as the observer saw it (in only with --both)
          job=…F3KQ2A   attempt=2        the job, whole or by at least four characters of its end; the try
          correlation=…  causation=…     the request or job at the root; the message that caused this one
          id=…   reply=…                 the message; the message that this one answers
          'size>1M'  'payload>64k'       bytes in all, of the payload; also attachments. Operators: > < >= <=
          'latency>80ms'  'ttl<500ms'    time since the request, for replies; time left when sent
          error                          kinds that tell of a failure (!error: all others)
          Negate with != ; quote < and > for the shell.

        OPTIONS
          -c, --count N                  stop after N messages
              --for TIME                 stop after that long: 500ms, 30s, 5m
              --expect                   wait for a message that fits (or N of them, with -c) and tell by the exit code
              --timeout TIME             how long --expect waits, from the start (default 10s)
              --both                     show each message twice: as sent (out) and as received (in)
              --payload                  ask for payloads as well; they come redacted from their source
          -o, --output line|json|format  columns for people, one JSON object per line with stable keys, or as -f says
          -f, --format TEXT              a line of your own: '{time} {kind} {job}\\t{size}'; parts are time, at, seen,
                                         direction, link, topic, observer, service, instance, source, id, kind, job,
                                         attempt, correlation, causation, reply, size, header, payload, attachments,
                                         latency (in microseconds)
              --by kind|source|job|link  what top counts by
              --every TIME               how often top draws (default 2s)
              --speed 2x|max             how fast to replay
              --now                      replay without waiting for a tap that watches
              --color auto|always|never  auto: on a terminal, unless NO_COLOR is set
              --hub ADDRESS              the hub, instead of MARTLET_TAP_OUT
          -q, --quiet                    nothing on stderr but errors
          -h, --help                     this text
              --version                  the version and the wire protocol

        A line is: time, direction, link, sender -> kind, job or message with its try, root, size (+attachments),
        and for a reply the time since its request. Ids are shown by their ends; -o json has them whole.
        Messages go to stdout; 'subscribed', losses and errors to stderr. The tap is lossy by design: it never slows
        a service down, and says how many messages it missed.

        EXIT CODES
          0 done, or what was expected came · 1 it did not come in time · 64 wrong usage
          65 the recording is damaged · 66 it can't be read
          69 the hub did not answer · 73 the recording can't be created · 78 keys or settings missing or wrong

        SETTINGS (environment)
          MARTLET_TAP_OUT   where taps connect and the hub binds   (tcp://127.0.0.1:7622)
          MARTLET_TAP_IN    where services connect and the hub binds (tcp://127.0.0.1:7621)
          MARTLET_KEYS      directory of the CURVE keys            (MARTLET_DATA/keys)
          MARTLET_TAP_PROMPTS is the services' setting: how much of a prompt a payload shows.

        EXAMPLES
          tap kind=job.* error
          tap source=image-worker/* -o json | jq -r .header.kind
          tap kind!=service.heartbeat 'latency>100ms'
          tap --expect kind=job.settled job=F3KQ2A --timeout 30s
          tap --pair kind=job.* --for 30s
          tap record - --for 10s | tap show - --pair
        """
}
