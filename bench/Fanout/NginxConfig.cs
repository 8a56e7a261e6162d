namespace Sluice.Bench.Fanout;

/// <summary>
/// The nginx configuration, for Nchan and for a relay: a worker for each core, no logs of access, room for every
/// message of a run, so that nothing but delivery is measured.
/// </summary>
internal static class NginxConfig
{
    /// <param name="nchan">Where Nchan listens.</param>
    /// <param name="relay">Where the relay listens.</param>
    /// <param name="behind">What is behind the relay.</param>
    /// <param name="directory">For everything that it writes.</param>
    /// <param name="isRoot">Workers keep the user, who alone can read the directory.</param>
    public static string Text(Uri nchan, Uri relay, Uri behind, string directory, bool isRoot) => $$"""
        load_module /usr/lib/nginx/modules/ngx_nchan_module.so;
        {{(isRoot ? "user root;" : "")}}
        daemon off;
        worker_processes auto;
        worker_rlimit_nofile {{OpenFiles}};
        pid {{directory}}/nginx.pid;
        error_log {{directory}}/nginx.log warn;
        events { worker_connections {{Connections}}; }
        http {
          access_log off;
          client_body_temp_path {{directory}}/body;
          proxy_temp_path {{directory}}/proxy;
          fastcgi_temp_path {{directory}}/fastcgi;
          uwsgi_temp_path {{directory}}/uwsgi;
          scgi_temp_path {{directory}}/scgi;
          keepalive_requests 10000000;
          tcp_nodelay on;
          nchan_shared_memory_size 512M;
          server {
            listen {{nchan.Authority}} backlog=4096;
            location = /publish {
              nchan_publisher;
              nchan_channel_id $arg_channel;
              nchan_message_buffer_length 100000;
              nchan_message_timeout 10m;
            }
            location = /subscribe {
              nchan_subscriber eventsource;
              nchan_channel_id $arg_channel;
              nchan_subscriber_first_message oldest;
            }
          }
          server {
            listen {{relay.Authority}} backlog=4096;
            location / {
              proxy_pass http://{{behind.Authority}};
              proxy_http_version 1.1;
              proxy_buffering off;
            }
          }
        }

        """;

    private const int Connections = 8_192;
    private const int OpenFiles = 16_384;
}
