import Glibc

/// nginx as a bare proxy: the yardstick for what a hop costs.
struct Nginx {
    static let paths = ["/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/local/nginx/sbin/nginx"]

    static var path: String? { paths.first { access($0, X_OK) == 0 } }

    /// One process, kept-alive connections on both sides; whole answers are buffered as by default, streams aren't.
    static func configuration(folder: String, port: Int, streamPort: Int, upstream: Int) -> String {
        func server(_ port: Int, buffering: String) -> String {
            """
            server {
                listen 127.0.0.1:\(port);
                location / {
                    proxy_pass http://upstream_sim;
                    proxy_http_version 1.1;
                    proxy_set_header connection "";
                    proxy_buffering \(buffering);
                }
            }
            """
        }
        return """
            daemon off;
            master_process off;
            worker_processes 1;
            pid \(folder)/nginx.pid;
            error_log \(folder)/nginx.log warn;
            events { worker_connections 1024; }
            http {
                access_log off;
                client_body_temp_path \(folder)/body;
                proxy_temp_path \(folder)/proxy;
                fastcgi_temp_path \(folder)/fastcgi;
                uwsgi_temp_path \(folder)/uwsgi;
                scgi_temp_path \(folder)/scgi;
                client_body_buffer_size 64k;
                keepalive_requests 100000000;
                upstream upstream_sim {
                    server 127.0.0.1:\(upstream);
                    keepalive 128;
                    keepalive_requests 100000000;
                }
                \(server(port, buffering: "on"))
                \(server(streamPort, buffering: "off"))
            }

            """
    }
}
