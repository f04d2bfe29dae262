package email

import (
	"net"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxStrangers is for how many addresses the rate is remembered.
const maxStrangers = 10_000

// guests bounds what one address, and all together, may do at one time.
type guests struct {
	max, perIP, perMinute int

	mu   sync.Mutex
	byIP map[string]*guest
	here map[*visit]struct{}
	gone sync.WaitGroup // every visit
}

type guest struct {
	conns int
	rate  *rate.Limiter
	last  time.Time
}

func newGuests(cfg ListenerConfig) *guests {
	return &guests{max: cfg.MaxConns, perIP: cfg.MaxConnsPerIP, perMinute: cfg.RatePerIP, byIP: map[string]*guest{}, here: map[*visit]struct{}{}}
}

// arrive lets a connection in, or returns nil.
func (g *guests) arrive(conn net.Conn, cfg ListenerConfig) *visit {
	g.mu.Lock()
	defer g.mu.Unlock()
	ip, now := ipOf(conn.RemoteAddr()), time.Now()
	who := g.know(ip, now)
	if len(g.here) >= g.max || g.perIP > 0 && who.conns >= g.perIP {
		return nil
	}
	who.conns++
	patient := &patientConn{Conn: conn, patience: cfg.ReadTimeout, until: now.Add(cfg.SessionLimit)}
	v := &visit{patientConn: patient, guests: g, ip: ip}
	g.here[v] = struct{}{}
	g.gone.Add(1)
	return v
}

func (g *guests) leave(v *visit) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, ok := g.here[v]; ok {
		delete(g.here, v)
		g.know(v.ip, time.Now()).conns--
		g.gone.Done()
	}
}

// sendHome hangs up on everybody.
func (g *guests) sendHome() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for v := range g.here {
		_ = v.patientConn.Close() // the server then closes the visit
	}
}

// message says whether ip may send one more message now.
func (g *guests) message(ip string, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.perMinute < 0 || g.know(ip, now).rate.AllowN(now, 1)
}

func (g *guests) know(ip string, now time.Time) *guest {
	who := g.byIP[ip]
	if who == nil {
		if len(g.byIP) >= maxStrangers {
			g.purge(now)
		}
		who = &guest{rate: rate.NewLimiter(rate.Limit(float64(g.perMinute)/60), max(g.perMinute, 1))}
		g.byIP[ip] = who
	}
	who.last = now
	return who
}

// purge forgets those who left a minute ago: by then their allowance is full again.
func (g *guests) purge(now time.Time) {
	for ip, who := range g.byIP {
		if who.conns == 0 && now.Sub(who.last) >= time.Minute {
			delete(g.byIP, ip)
		}
	}
}

// door is the listener's net.Listener: it turns away who comes too often, and puts deadlines on the others.
type door struct {
	net.Listener
	listener *Listener
}

// Accept returns the next connection that may come in.
func (d *door) Accept() (net.Conn, error) {
	l := d.listener
	for {
		conn, err := d.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if v := l.guests.arrive(conn, l.cfg); v != nil {
			return v, nil
		}
		_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
		_, _ = conn.Write([]byte("421 4.7.0 Too many connections, try again later\r\n")) // a courtesy
		_ = conn.Close()
	}
}

// visit is one connection.
type visit struct {
	*patientConn
	guests *guests
	ip     string
}

// Close also takes the visit off the count.
func (v *visit) Close() error {
	v.guests.leave(v) // first: who sees the line go dead may call again at once
	return v.patientConn.Close()
}

// ipOf groups IPv6 by /64, which is what one customer of a provider has. A unix socket is "local".
func ipOf(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return "local"
	}
	if tcp.IP.To4() == nil {
		return tcp.IP.Mask(net.CIDRMask(64, 128)).String()
	}
	return tcp.IP.String()
}
