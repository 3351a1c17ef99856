# nginx with a certificate that nobody trusts, for compose-test.sh; on Debian, which the other images are built on, too.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm
FROM ${PYTHON_IMAGE}
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends nginx-light openssl >/dev/null && rm -rf /var/lib/apt/lists/* \
 && mkdir /etc/nginx/tls && openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=horngate.example.org \
      -keyout /etc/nginx/tls/privkey.pem -out /etc/nginx/tls/fullchain.pem 2>/dev/null
CMD ["nginx", "-g", "daemon off; error_log stderr;"]
