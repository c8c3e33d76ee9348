// SPDX-License-Identifier: GPL-2.0-or-later
// Preloaded into btvirt: AES for kernels without AF_ALG, and socket buffers that lose nothing.
#include <dlfcn.h>
#include <errno.h>
#include <linux/if_alg.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define AES_BLOCK 16
#define BUFFER    (16 * 1024 * 1024)
#define MAX_FDS   1024

/*
 * A pretended AF_ALG socket is one end of a socket pair. What is sent to it is encrypted here and
 * put into the other end, so the program's read() and close() work on it as they are.
 */
static struct alg {
	bool is_cipher;
	bool is_keyed;
	int answer; // the other end
	uint8_t key[AES_BLOCK];
} algs[MAX_FDS];

#define REAL(name)                     \
	static __typeof__(name) *real; \
	if (!real)                     \
	real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

static struct alg *alg_of(int fd)
{
	return fd >= 0 && fd < MAX_FDS && algs[fd].answer ? &algs[fd] : NULL;
}

static int alg_open(const struct alg *parent)
{
	struct alg *alg;
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
		return -1;
	if (fds[0] >= MAX_FDS) {
		close(fds[0]);
		close(fds[1]);
		errno = EMFILE;
		return -1;
	}
	alg = &algs[fds[0]];
	memset(alg, 0, sizeof(*alg));
	if (parent)
		*alg = *parent;
	alg->answer = fds[1];
	return fds[0];
}

int socket(int family, int type, int protocol)
{
	REAL(socket);
	int fd = real(family, type, protocol);

	if (fd >= 0 || family != AF_ALG)
		return fd;
	return alg_open(NULL);
}

int close(int fd)
{
	REAL(close);
	struct alg *alg = alg_of(fd);

	if (alg) {
		real(alg->answer);
		alg->answer = 0;
	}
	return real(fd);
}

int bind(int fd, __CONST_SOCKADDR_ARG addr, socklen_t len)
{
	REAL(bind);
	struct alg *alg = alg_of(fd);
	const struct sockaddr_alg *sa = (const void *)addr.__sockaddr__;

	if (!alg)
		return real(fd, addr, len);
	if (len < sizeof(*sa)) {
		errno = EINVAL;
		return -1;
	}
	// btvirt binds cmac(aes) too and refuses to start without it, but never sends to it.
	alg->is_cipher = !strcmp((const char *)sa->salg_name, "ecb(aes)");
	return 0;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	REAL(setsockopt);
	struct alg *alg = alg_of(fd);

	if (!alg)
		return real(fd, level, name, value, len);
	if (level != SOL_ALG || name != ALG_SET_KEY || len != AES_BLOCK) {
		errno = EINVAL;
		return -1;
	}
	memcpy(alg->key, value, AES_BLOCK);
	alg->is_keyed = true;
	return 0;
}

static int accepted(int fd)
{
	const int size = BUFFER;

	// More than net.core.*mem_max needs CAP_NET_ADMIN; without it take what there is.
	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return fd;
}

int accept(int fd, __SOCKADDR_ARG addr, socklen_t *restrict len)
{
	REAL(accept);

	return alg_of(fd) ? alg_open(alg_of(fd)) : accepted(real(fd, addr, len));
}

int accept4(int fd, __SOCKADDR_ARG addr, socklen_t *restrict len, int flags)
{
	REAL(accept4);

	return alg_of(fd) ? alg_open(alg_of(fd)) : accepted(real(fd, addr, len, flags));
}

ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	REAL(sendmsg);
	struct alg *alg = alg_of(fd);
	uint8_t in[AES_BLOCK], out[AES_BLOCK];
	EVP_CIPHER_CTX *ctx;
	int n = 0;
	bool ok;

	if (!alg)
		return real(fd, msg, flags);
	if (!alg->is_cipher || !alg->is_keyed || msg->msg_iovlen != 1 ||
	    msg->msg_iov[0].iov_len != AES_BLOCK) {
		errno = EINVAL;
		return -1;
	}
	memcpy(in, msg->msg_iov[0].iov_base, AES_BLOCK);
	ctx = EVP_CIPHER_CTX_new();
	ok = ctx && EVP_EncryptInit_ex(ctx, EVP_aes_128_ecb(), NULL, alg->key, NULL) &&
	     EVP_CIPHER_CTX_set_padding(ctx, 0) && EVP_EncryptUpdate(ctx, out, &n, in, AES_BLOCK) &&
	     n == AES_BLOCK;
	EVP_CIPHER_CTX_free(ctx);
	if (!ok) {
		errno = EIO;
		return -1;
	}
	return write(alg->answer, out, AES_BLOCK);
}
