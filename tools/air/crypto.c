/* SPDX-License-Identifier: MIT */
/* AES-128 on single blocks, with libcrypto. */
#include "model.h"

#include <openssl/evp.h>

bool qa_crypto_init(struct qa_air *air)
{
	air->cipher = EVP_CIPHER_CTX_new();
	return air->cipher;
}

void qa_crypto_done(struct qa_air *air)
{
	EVP_CIPHER_CTX_free(air->cipher);
}

static void swap(uint8_t ret[16], const uint8_t in[16])
{
	for (unsigned i = 0; i < 16; i++)
		ret[i] = in[15 - i];
}

void qa_aes(struct qa_air *air, const uint8_t key[16], const uint8_t in[16], uint8_t ret[16])
{
	uint8_t k[16], block[16], enc[32] = {0};
	int len = 0;

	swap(k, key);
	swap(block, in);
	if (EVP_EncryptInit_ex(air->cipher, EVP_aes_128_ecb(), NULL, k, NULL) == 1)
		EVP_EncryptUpdate(air->cipher, enc, &len, block, sizeof(block));
	swap(ret, enc);
}
